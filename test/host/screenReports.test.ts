import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Observation } from '../../src/core/adapter.ts';
import { ScreenReports, type ScreenSource } from '../../src/host/screenReports.ts';

type View = NonNullable<Awaited<ReturnType<ScreenSource['view']>>>;

/** Reports of a terminal that prints what a test says, with a screen that is what a test says. */
class Reported {
  readonly seen: Observation[] = [];
  view: View = { rows: [], cursor: { row: 0, column: 0 }, alternate: false };
  looks = 0;
  #listener: (data: Uint8Array) => void = () => undefined;
  #waiters = new Set<() => void>();
  readonly reports = new ScreenReports({
    onData: (listener) => { this.#listener = listener; return { dispose: () => { this.#listener = () => undefined; } }; },
  }, { view: async () => { this.looks++; return this.view; } }, (observation) => {
    this.seen.push(observation);
    for (const wake of this.#waiters) wake();
  });

  print(text: string, rows?: string[]): void {
    if (rows) this.view = { ...this.view, rows };
    this.#listener(Buffer.from(text));
  }

  /** The n-th observation, once it is there. */
  async next(n: number): Promise<Observation> {
    while (this.seen.length <= n) await new Promise<void>((done) => { const wake = (): void => { this.#waiters.delete(wake); done(); }; this.#waiters.add(wake); });
    return this.seen[n]!;
  }
}
const textOf = (observation: Observation): unknown => (observation.is === 'screen' ? [observation.rows, observation.newText, observation.rested] : observation.is);

test('a screen is told once it rests, then that it is quiet; the same one painted again is not told', async () => {
  const reported = new Reported();
  for (const part of ['one', '\r\n', 'two']) reported.print(part, ['one', 'two']);
  assert.deepEqual(textOf(await reported.next(0)), [['one', 'two'], 'one\ntwo', true]);
  assert.equal(reported.looks, 1);
  reported.print('\u001b[H\u001b[2Jone\r\ntwo');
  assert.deepEqual(await reported.next(1), { is: 'quiet', ms: 1500 });
  assert.equal(reported.looks, 2);
  reported.print('\r\nthree', ['one', 'two', 'three']);
  assert.deepEqual([textOf(await reported.next(2))].map((told) => Array.isArray(told) && told[0]), [['one', 'two', 'three']]);
  await reported.reports.finish();
});

test('a screen that does not rest is told all the same, and what it printed has no gap', async () => {
  const reported = new Reported();
  let lines = 0;
  const isRestless = (): boolean => reported.seen.some((seen) => seen.is === 'screen' && seen.rested === false);
  while (!isRestless()) {
    reported.print(`${++lines}\n`, [`${lines}`]);
    await new Promise((done) => { setTimeout(done, 5); });
  }
  reported.print('end', ['end']);
  for (let n = 0; textOf(await reported.next(n)) !== 'quiet'; n++);
  const all = reported.seen.flatMap((seen) => (seen.is === 'screen' ? [seen] : []));
  assert.equal(all.at(-1)?.rested, true);
  assert.equal(all.map(({ newText }) => newText).join(''), `${Array.from({ length: lines }, (_, n) => `${n + 1}\n`).join('')}end`);
  await reported.reports.finish();
});

test('nothing is told while we type, and what comes of it even if the screen is the same', async () => {
  const reported = new Reported();
  reported.print('$ ', ['$']);
  await reported.next(0);
  reported.reports.hold();
  reported.print(':\r\n', ['$ :']);
  await new Promise((done) => { setTimeout(done, 300); });
  assert.equal(reported.seen.length, 1);
  reported.print('$ ', ['$']);
  reported.reports.release();
  assert.deepEqual(textOf(await reported.next(1)), [['$'], ':\n$ ', true]);
  await reported.reports.finish();
});

test('of a flood the end is told, from a whole line on; at the end of the run the rest', async () => {
  const reported = new Reported();
  for (let n = 0; n < 40_000; n++) reported.print(`line ${n}\n`);
  await reported.reports.finish();
  const [last] = reported.seen;
  assert.ok(last?.is === 'screen' && last.newText.length <= 64_000);
  assert.match(last.newText, /\nline 39998\nline 39999\n$/);
  reported.print('after the end');
  await reported.reports.finish();
  assert.equal(reported.seen.length, 1);
});
