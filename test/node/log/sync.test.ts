import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { readLogRows } from '../../../src/node/eventLog.ts';
import { LogFile } from '../../../src/node/eventLogFile.ts';
import { createLogFile } from '../../../src/node/eventLogRepair.ts';
import { LogWriter } from '../../../src/node/eventLogWriter.ts';
import { delivered, note, stamp, temporaryDirectory } from './support.ts';

/** A disk whose second sync fails, and which then says that all is well although the pages are gone: what Linux does. */
class ForgetfulFile extends LogFile {
  syncs = 0;
  reopened = 0;
  override async sync(): Promise<void> {
    this.syncs++;
    if (this.syncs === 2) throw Object.assign(new Error('input/output error'), { code: 'EIO' });
    await super.sync();
  }
  override reopen(): ReturnType<LogFile['reopen']> {
    this.reopened++;
    return super.reopen();
  }
}

test('a failed sync is never asked again: the file is reopened and the rows are written once more', async (t) => {
  const path = join(temporaryDirectory(t), 'log.jsonl');
  const file = new ForgetfulFile(path, path, await createLogFile(path), 0);
  const log = new LogWriter(file, { lastSeq: 0, lastTs: '', clock: () => new Date(), maxPendingBytes: 1 << 20, release: async () => {} });
  const problems: (string | null)[] = [];
  log.onProblem((problem) => problems.push(problem && problem.message));
  await log.append([delivered('1')], stamp).done;
  await log.append([note('2')], stamp).done;
  let acknowledgedAfter = 0;
  await log.append([delivered('3')], stamp).done.then(() => (acknowledgedAfter = file.reopened));
  assert.equal(acknowledgedAfter, 1);
  await log.close();
  assert.deepEqual(problems, [`Recording to ${path} has stopped: the disk reports an error. The agent goes on; what was not written is kept in memory and written when the disk takes it again.`, null]);
  const { rows, damage } = await readLogRows(path);
  assert.deepEqual(damage, []);
  assert.deepEqual(rows.map((row) => row.seq), [1, 2, 3]);
});

class DeafFile extends LogFile {
  override append(): ReturnType<LogFile['append']> {
    return Promise.resolve({ wholeBytes: 0, error: Object.assign(new Error('no space'), { code: 'ENOSPC' }) });
  }
}

test('rows that could not be written when the log is closed are refused, not forgotten', async (t) => {
  const path = join(temporaryDirectory(t), 'log.jsonl');
  const file = new DeafFile(path, path, await createLogFile(path), 0);
  const log = new LogWriter(file, { lastSeq: 0, lastTs: '', clock: () => new Date(), maxPendingBytes: 1 << 20, release: async () => {} });
  const { done } = log.append([delivered('1')], stamp);
  await log.close();
  await assert.rejects(done, { code: 'recording-stopped' });
});

test('rows of one turn of the event loop go out in one write', async (t) => {
  let writes = 0;
  class CountingFile extends LogFile {
    override append(bytes: Buffer, isAwaited: boolean): ReturnType<LogFile['append']> {
      writes++;
      return super.append(bytes, isAwaited);
    }
  }
  const path = join(temporaryDirectory(t), 'log.jsonl');
  const file = new CountingFile(path, path, await createLogFile(path), 0);
  const log = new LogWriter(file, { lastSeq: 0, lastTs: '', clock: () => new Date(), maxPendingBytes: 1 << 20, release: async () => {} });
  await Promise.all(Array.from({ length: 100 }, (_, n) => log.append([n % 2 ? delivered('x') : note('y')], stamp).done));
  assert.equal(writes, 1);
  await log.close();
});
