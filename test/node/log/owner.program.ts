import { closeSync, openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { HumanError } from '../../../src/core/errors.ts';
import { openEventLog } from '../../../src/node/eventLog.ts';

/** Owns a log with one row; appends a text of as many bytes as each line on stdin says, `N bytes` of them in one go; `close` closes. Says what happened on stdout. */
// The descriptor that the first durable row opens gets a lower number than the log's first: the next to be given away.
const held = openSync('/dev/null', 'r');
const { log } = await openEventLog(process.argv[2] ?? '', { maxPendingBytes: 1 << 20 }).catch((error: HumanError) => {
  writeSync(1, `refused ${error.code} ${error.message}\n`);
  process.exit(3);
});
closeSync(held);
log.onProblem((problem) => writeSync(1, problem ? `problem ${problem.message}\n` : 'well\n'));
await log.append([{ type: 'delivered', send: 'first' }], { id: 'S' }).done;
writeSync(1, 'open\n');
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'close') {
    await log.close();
    writeSync(1, 'closed\n');
    process.exit(0);
  }
  const [, count = '1', size] = /^(?:(\d+) )?(\d+)$/.exec(line) ?? [];
  const { events, done } = log.append(Array.from({ length: Number(count) }, () => ({ type: 'delivered', send: 'x'.repeat(Number(size)) })), { id: 'S' });
  void done.then(
    () => writeSync(1, `ack ${events.at(-1)?.seq}\n`),
    () => writeSync(1, `gone ${events.at(-1)?.seq}\n`),
  );
}
