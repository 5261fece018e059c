import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { HumanError } from '../../../src/core/errors.ts';
import { openEventLog } from '../../../src/node/eventLog.ts';

/** Owns a log with one row; appends a text of as many bytes as each line on stdin says, `N bytes` of them in one go; `close` closes. Says what happened on stdout. */
const { log } = await openEventLog(process.argv[2] ?? '', { maxPendingBytes: 1 << 20 }).catch((error: HumanError) => {
  writeSync(1, `refused ${error.code} ${error.message}\n`);
  process.exit(3);
});
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
