import assert from 'node:assert/strict';
import { test } from 'node:test';
import stringWidth from 'string-width';
import { sessionLines } from '../../src/cli/sessionTable.ts';
import { tableLines } from '../../src/cli/table.ts';
import { Conversation } from '../../src/core/conversation.ts';
import type { SessionSummary } from '../../src/core/view.ts';
import { summaryFor } from '../support/summary.ts';

const now = Date.parse('2026-01-31T09:10:00.000Z');
const session = (known: Partial<SessionSummary>): SessionSummary =>
  summaryFor(new Conversation(), { alive: true, state: { is: 'idle' }, branch: 'main', createdTs: '2026-01-31T06:10:00.000Z', activeTs: '2026-01-31T09:05:00.000Z', pid: 4711, cwd: '/home/me/project', ...known });
const long = 'make-the-importer-read-files-of-the-new-format-and-of-the-old-one-as-well-1-2';
const first = session({ id: long, title: 'Make the importer read files of the new format, and of the old one as well', cwd: '/home/me/code/customers/importer/packages/reader' });
const wide = session({ id: '日本語ラベル', state: { is: 'busy' }, branch: 'branch-2', title: '日本語の説明をここに書いておきます' });
const two = session({ id: '👩‍👩‍👧‍👦🇩🇪', state: { is: 'waiting', for: 'permission' }, pendingRequests: 1, agent: '/opt/tools/bin/python3', activeTs: '2026-01-31T08:00:00.000Z', title: 'e\u0301te\u0301' });

const shown = async (sessions: SessionSummary[], limit: number | null): Promise<string> => (await sessionLines(sessions, limit, now)).join('\n');

test('one long label leaves room for all that matters on 80 columns', async () => {
  assert.equal(await shown([first, session({ id: 'b', title: 'Short' })], 80), `
ID             AGENT  STATE  AGE  IDLE  PID   BRANCH  FOLDER        TITLE
make-the-imp…  demo   idle   3h   5m    4711  main    …ages/reader  Make the im…
b              demo   idle   3h   5m    4711  main    …/me/project  Short`.slice(1));
});

test('status at 40 columns says of each session which it is, what it is about and for how long', async () => {
  assert.equal(await shown([first, wide, two], 40), `
ID          STATE                   IDLE
make-the-…  idle                    5m
日本語ラ…   busy                    5m
👩‍👩‍👧‍👦🇩🇪        needs you (permission)  1h`.slice(1));
});

test('status at 80 columns leaves out what matters least', async () => {
  assert.equal(await shown([first, wide, two], 80), `
ID            AGENT     STATE                   IDLE  FOLDER        TITLE
make-the-im…  demo      idle                    5m    …ages/reader  Make the im…
日本語ラベル  demo      busy                    5m    …/me/project  日本語の説…
👩‍👩‍👧‍👦🇩🇪          …python3  needs you (permission)  1h    …/me/project  été`.slice(1));
});

test('status at 120 columns shows every column, cut where it may be', async () => {
  assert.equal(await shown([first, wide, two], 120), `
ID                 AGENT         STATE                   AGE  IDLE  PID   BRANCH    FOLDER             TITLE
make-the-importe…  demo          idle                    3h   5m    4711  main      …/packages/reader  Make the importe…
日本語ラベル       demo          busy                    3h   5m    4711  branch-2  /home/me/project   日本語の説明をこ…
👩‍👩‍👧‍👦🇩🇪               …bin/python3  needs you (permission)  3h   1h    4711  main      /home/me/project   été`.slice(1));
});

test('two long labels that begin alike can be told apart', async () => {
  assert.equal(await shown([first, session({ id: long.replace(/2$/, '3') }), session({ id: 'make-a-release-of-the-importer-and-of-its-reader' })], 50), `
ID              AGENT  STATE  IDLE  FOLDER
make-th…ll-1-2  demo   idle   5m    …ckages/reader
make-th…ll-1-3  demo   idle   5m    …me/me/project
make-a-releas…  demo   idle   5m    …me/me/project`.slice(1));
});

test('status with a queue', async () => {
  const queued = session({ id: 'fix-1', title: 'Make the tests pass', queued: 3, queuePaused: true });
  assert.equal(await shown([queued], 80), `
ID     AGENT  STATE  IDLE  QUEUE       PID   BRANCH  FOLDER        TITLE
fix-1  demo   idle   5m    3 (paused)  4711  main    …/me/project  Make the tes…`.slice(1));
  assert.equal(await shown([queued], 30), `
ID     STATE  IDLE  QUEUE
fix-1  idle   5m    3 (paused)`.slice(1));
});

test('status that no terminal limits cuts nothing', async () => {
  assert.equal(await shown([first, wide], null), `
ID                                                                             AGENT  STATE  AGE  IDLE  PID   BRANCH    FOLDER                                            TITLE
make-the-importer-read-files-of-the-new-format-and-of-the-old-one-as-well-1-2  demo   idle   3h   5m    4711  main      /home/me/code/customers/importer/packages/reader  Make the importer read files of the new format, and of the old one as well
日本語ラベル                                                                   demo   busy   3h   5m    4711  branch-2  /home/me/project                                  日本語の説明をここに書いておきます`.slice(1));
});

test('what a cell is cut to holds whole characters only, and no more columns than it may', async () => {
  const cut = async (text: string, cutAt: 'end' | 'start' | 'middle', limit: number): Promise<string> => (await tableLines([{ head: '', cut: cutAt, least: 1 }], [[text]], limit))[1] ?? '';
  const family = '👩‍👩‍👧‍👦';
  assert.equal(await cut(family.repeat(4), 'end', 5), `${family}${family}…`);
  assert.equal(await cut(family.repeat(4), 'end', 6), `${family}${family}…`);
  assert.equal(await cut(family.repeat(4), 'end', 7), `${family}${family}${family}…`);
  assert.equal(await cut('e\u0301te\u0301-a\u0300-la', 'start', 5), '…a\u0300-la');
  assert.equal(await cut('e\u0301te\u0301-a\u0300-la', 'start', 6), '…-a\u0300-la');
  assert.equal(await cut('fix-parser-1', 'middle', 8), 'fix-…r-1');
  assert.equal(await cut(`${family}ab${family}`, 'middle', 5), `${family}…${family}`);
  assert.equal(await cut('日本語', 'end', 6), '日本語');
  assert.equal(await cut('a\tb\nc\u001b[31md', 'end', 40), 'a b cd');
  for (const limit of [40, 80, 120]) for (const line of await sessionLines([first, wide, two], limit, now)) assert.ok(stringWidth(line) <= limit, line);
});
