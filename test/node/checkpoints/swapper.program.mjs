// Swaps a directory with a link to another one, as fast as it can, until it is told to end.
import { renameSync, symlinkSync, unlinkSync } from 'node:fs';

const [directory, outside] = process.argv.slice(2);
const aside = `${directory}.aside`;
process.send?.('swapping');
let isOver = false;
process.on('message', () => { isOver = true; });
const swap = () => {
  for (let round = 0; round < 200; round++) {
    try {
      renameSync(directory, aside);
      symlinkSync(outside, directory);
      unlinkSync(directory);
      renameSync(aside, directory);
    } catch {
      // The restore was in between: the next round tries again.
      try { unlinkSync(directory); } catch { /* It is no link. */ }
      try { renameSync(aside, directory); } catch { /* It is back already. */ }
    }
  }
  if (isOver) process.exit(0);
  setImmediate(swap);
};
swap();
