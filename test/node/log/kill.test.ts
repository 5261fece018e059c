import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import { test } from 'node:test';
import { openEventLog } from '../../../src/node/eventLog.ts';
import { linesIn, startProgram, temporaryDirectory } from './support.ts';

const rounds = Number(process.env.BACKSTITCH_KILL_ROUNDS ?? 60);

test(`a log killed ${rounds} times at any moment keeps every acknowledged row, once`, async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'log.jsonl');
  const acknowledged = new Map<number, string>();
  for (let round = 0; round < rounds; round++) {
    const child = startProgram(t, 'writer.program.ts', [path, String(round)]);
    let said = '';
    child.stdout?.on('data', (data: Buffer) => {
      if (said === '') setTimeout(() => child.kill('SIGKILL'), Math.random() * 15);
      said += data.toString();
    });
    await once(child, 'close');
    const lines = said.split('\n').slice(0, -1);
    assert.equal(lines[0], 'open');
    for (const line of lines.slice(1)) {
      const [seq, mark] = line.split(' ');
      acknowledged.set(Number(seq), String(mark));
    }
  }

  const { rows, damage, log } = await openEventLog(path);
  await log.close();
  assert.deepEqual(damage, []);
  assert.deepEqual(rows.map((row) => row.seq), rows.map((_, index) => index + 1));
  assert.equal(linesIn(path).length, rows.length);
  const wrong = [...acknowledged].filter(([seq, mark]) => {
    const row = rows[seq - 1];
    return !row || !('send' in row ? row.send === mark : 'block' in row && row.block === mark);
  });
  assert.deepEqual(wrong, []);
  const torn = rows.filter((row) => row.type === 'recovered').length;
  // One that is killed in the middle of a recovery leaves its copy, and the next one finds nothing left to tell.
  assert.ok(readdirSync(directory).filter((name) => name.includes('.broken-')).length >= torn);
  t.diagnostic(`${acknowledged.size} acknowledged of ${rows.length} rows, ${torn} torn tails`);
});
