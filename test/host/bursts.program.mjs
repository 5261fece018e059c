// A program in a terminal that does what each key says: `b` a burst of numbered lines, `x` all bytes there are, `s` tells its size, as every
// change of it does; anything else is repeated.
import process from 'node:process';

const lines = Number(process.argv[2] ?? 0);
process.stdin.setRawMode(true);
process.stdout.on('resize', () => process.stdout.write(`[${process.stdout.getWindowSize().join('x')}]`));
process.stdin.on('data', (data) => {
  for (const key of data.toString()) {
    if (key === 'b') burst();
    else if (key === 'x') process.stdout.write(Buffer.alloc(1 << 20, 0).map((_, at) => (at * 7 + (at >> 8)) & 255), () => setTimeout(() => process.stdout.write('\x18\x1b\\\x1bcthe end'), 200));
    else if (key === 's') process.stdout.write(`{${process.stdout.getWindowSize().join('x')}}`);
    else process.stdout.write(`<${key}>`);
  }
});
process.stdout.write('ready');

function burst(at = 0) {
  while (at < lines) if (!process.stdout.write(`${String(at++).padStart(79, '.')}\n`)) return void process.stdout.once('drain', () => burst(at));
  process.stdout.write('the end');
}
