import { writeSync } from 'node:fs';
import { openEventLog } from '../../../src/node/eventLog.ts';
import type { EventBody } from '../../../src/core/events.ts';

/** Appends without end, and says `<seq> <mark> durable|written` on stdout for each append once it is acknowledged. To be killed. */
const [path = '', round = ''] = process.argv.slice(2);
const sizes = [300, 300, 1000, 8000, 20_000, 200_000];
const { log } = await openEventLog(path);
writeSync(1, 'open\n');

let count = 0;
const appendOne = async (): Promise<void> => {
  const mark = `${round}-${count++}`;
  // Rounds without syncs, so that most kills come in the middle of a write.
  const isDurable = Number(round) % 2 === 0 && count % 3 === 0;
  const size = sizes[Math.floor(Math.random() * sizes.length)] ?? 0;
  const body: EventBody = isDurable
    ? { type: 'delivered', send: mark }
    : { type: 'block', block: mark, lane: 'main', after: null, kind: 'text', text: 'x'.repeat(Math.ceil(Math.random() * size)) };
  const { events, done } = log.append([{ type: 'turn_started', turnId: mark, lane: 'main' }, body], { id: 'S' });
  await done;
  writeSync(1, `${events[1]?.seq} ${mark} ${isDurable ? 'durable' : 'written'}\n`);
};
const appendForEver = async (): Promise<void> => {
  for (;;) await appendOne();
};
// Stays when the disk is gone: only a kill ends it.
setInterval(() => {}, 1_000);
await Promise.all([appendForEver(), appendForEver(), appendForEver(), appendForEver()]);
