import assert from 'node:assert/strict';
import {
  appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { wholeOf } from '../../src/node/keptWhole.ts';
import { keepNative, type NativePath, placesOf, restoreNative } from '../../src/node/nativeKeep.ts';

const [one, two, three, stub] = ['{"n":1}\n', '{"n":2}\n', '{"n":3}\n', '{"stub":true}\n'];

async function keptHistory(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'whole-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'agent'));
  const main = join(root, 'agent/one.jsonl');
  writeFileSync(main, one + two);
  const paths: NativePath[] = [{ path: main, is: 'file', appended: '.jsonl' }];
  const kept = join(root, 'kept');
  await keepNative(paths, kept);
  return { main, paths, kept, text: () => readFileSync(main, 'utf8') };
}

test('a history that goes on is left alone', async (t) => {
  const { main, paths, kept, text } = await keptHistory(t);
  appendFileSync(main, three);
  const { ino } = statSync(main);
  assert.deepEqual([await restoreNative(kept, paths), text(), statSync(main).ino], [[], one + two + three, ino]);
  assert.deepEqual(await placesOf(kept, paths), [{ path: main, places: [main] }]);
});

test('a stub where the history was is given back what was lost, before and after it was kept itself', async (t) => {
  const { main, paths, kept, text } = await keptHistory(t);
  appendFileSync(main, three);
  rmSync(main);
  writeFileSync(main, stub);
  assert.deepEqual(await restoreNative(kept, paths), [main]);
  assert.equal(text(), one + two + three + stub);
  rmSync(main);
  writeFileSync(main, '');
  await keepNative(paths, kept);
  await keepNative(paths, kept);
  assert.deepEqual([await restoreNative(kept, paths), text()], [[main], one + two + three + stub]);
  assert.equal(statSync(main).mode & 0o777, 0o600);
});

test('a history that was emptied or shortened in place is whole again', async (t) => {
  const { main, paths, kept, text } = await keptHistory(t);
  truncateSync(main, 3);
  await keepNative(paths, kept);
  assert.deepEqual([await restoreNative(kept, paths), text()], [[main], one + two]);
  await keepNative(paths, kept);
  truncateSync(main, 0);
  appendFileSync(main, three);
  assert.deepEqual([await restoreNative(kept, paths), text()], [[main], one + two + three]);
});

test('a history that was replaced by a damaged one gets its own lines back, and keeps what is new', async (t) => {
  const { main, paths, kept, text } = await keptHistory(t);
  writeFileSync(`${main}.new`, `${one}${'\0'.repeat(30)}\n${two}${three}`);
  renameSync(`${main}.new`, main);
  await keepNative(paths, kept);
  assert.deepEqual([await restoreNative(kept, paths), text()], [[main], one + two + three]);
  assert.deepEqual(await restoreNative(kept, paths), []);
});

test('a history that was damaged in the middle, and is as long as it was, gets its lines back', async (t) => {
  const { main, paths, kept, text } = await keptHistory(t);
  const long = Array.from({ length: 600 }, (_, n) => `{"n":${n},"text":"${'x'.repeat(40)}"}\n`);
  appendFileSync(main, long.join(''));
  await keepNative(paths, kept);
  const whole = text();
  for (const damaged of [whole.replace('{"n":300,', '{"n":999,'), whole.replace('{"n":300,', '\0\0\0\0\0\0\0\0\0')]) {
    assert.equal(damaged.length, whole.length);
    writeFileSync(main, damaged);
    assert.equal((await placesOf(kept, paths))[0]?.places.length, 3);
    assert.deepEqual([await restoreNative(kept, paths), text()], [[main], whole]);
    await keepNative(paths, kept);
  }
});

test('the whole of two versions is the later one where it goes on from the earlier one', () => {
  const whole = (earlier: string, later: string) => wholeOf(Buffer.from(earlier), Buffer.from(later)).toString();
  const versions = [whole(one, one + two), whole(one + two, one), whole('', one), whole(one, '')];
  assert.deepEqual(versions, [one + two, one + two, one, one]);
  assert.deepEqual([whole('{"n":1}', stub), whole(one, `torn\n${stub}`)], [`{"n":1}\n${stub}`, one + stub]);
  assert.deepEqual([whole(one + two, `${one}{"n":9}\n${three}`), whole(`${one}{"n"\0\0}\n`, one + two)], [one + two + three, one + two]);
});
