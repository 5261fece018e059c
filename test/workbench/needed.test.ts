import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import type { SessionSummary } from '../../src/core/view.ts';
import { sessionList, sessionOpen } from '../../src/protocol/protocol.ts';
import { openWorkbench, until, untilTrue, type Workbench } from '../support/workbench.ts';
import { showView, treeRow } from '../support/workbenchSession.ts';

/** Sessions that wait for a person, that have finished and that go on: how the view orders and names them, and how one gets to the one that waits. */
let workbench: Workbench;
let elsewhere = '';
before(async () => {
  workbench = await openWorkbench();
  elsewhere = path.join(path.dirname(workbench.folder), 'elsewhere');
  await mkdir(elsewhere);
});
after(() => workbench.dispose());
afterEach((each) => workbench.screenshotOfFailure(each));

const cliIn = (cwd: string, ...args: string[]): string =>
  execFileSync(process.execPath, [path.join(import.meta.dirname, '../../dist/cli.mjs'), ...args], {
    cwd,
    env: workbench.env,
    encoding: 'utf8',
  });
const cli = (...args: string[]): string => cliIn(workbench.folder, ...args);
const sessions = async (): Promise<SessionSummary[]> =>
  (await workbench.host()).connection.sendRequest(sessionList, { all: true });
const named = async (id: string): Promise<SessionSummary> =>
  until(`the session ${id}`, async () => (await sessions()).find((session) => session.id === id));
const untilAsked = (id: string): Promise<void> =>
  untilTrue(`a request of ${id}`, async () => (await named(id)).pendingRequests === 1);
/** What a screen reader hears of the rows of the view, from the top. */
const rows = (): Promise<string[]> =>
  workbench.page
    .locator('.pane-body .monaco-list-row')
    .evaluateAll((found) =>
      found
        .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
        .map((row) => row.getAttribute('aria-label') ?? ''),
    );
const titles = async (): Promise<string[]> =>
  (await rows()).map((row) => /^Session (.*?), Demo agent/.exec(row)?.[1] ?? row);
const untilTitles = async (expected: string[]): Promise<void> =>
  untilTrue('the rows in their order', async () => JSON.stringify(await titles()) === JSON.stringify(expected)).catch(
    async () => assert.deepEqual(await rows(), expected),
  );
const status = () => workbench.page.locator('[id="backstitch.backstitch.status"]');
const answers = async (id: string): Promise<number> =>
  (await (await workbench.host()).connection.sendRequest(sessionOpen, { session: (await named(id)).uid, blocks: 1 }))
    .requests.length;

test('rows are titled by what sessions are for, and stand in the order in which a person should look', async () => {
  await showView(workbench);
  await untilTrue(
    'the view to have asked',
    async () => !(await workbench.page.locator('.pane-body .monaco-progress-container.active').isVisible()),
  );
  cli('run', 'demo', '--detach', '--description', 'Described by hand');
  const asking = JSON.parse(cli('run', 'demo', '--detach', '--json')) as { id: string };
  cli('run', 'demo', '--id', 'given', '--detach');
  cli('send', '--id', 'given', '--message', 'hello there', '--wait-for-idle');
  cli('send', '--id', asking.id, '--message', 'permission');
  await untilAsked(asking.id);
  await untilTitles(['permission', 'given', 'Described by hand']);
  const [first, second] = await rows();
  assert.match(first!, /^Session permission, Demo agent, waiting for permission/);
  assert.match(second!, /^Session given, Demo agent, idle, not looked at yet/);
  await workbench.screenshot('sessions-view');
});

test('the status bar leads to the one that waits; its card says once what is asked', async () => {
  await untilTrue('the status bar', async () => /1 waiting/.test(await status().innerText()));
  assert.match((await status().locator('a').getAttribute('aria-label')) ?? '', /permission: mkdir -p demo/);
  await status().locator('a').click();
  const panel = await workbench.panel('permission-card');
  const card = (await panel.locator('permission-card .card').innerText())
    .split('\n')
    .filter((line) => line.trim() !== '');
  assert.deepEqual(
    [card[0], card[1], card.filter((line) => line.includes('mkdir')).length],
    ['Demo agent asks to use Shell', 'Command', 1],
  );
  await workbench.screenshot('permission-card');
});

test('the palette answers what the conversation shows, and offers only what applies', async () => {
  await workbench.openPalette('Backstitch: Deny');
  await workbench.page
    .locator('.quick-input-list .monaco-list-row[aria-label^="Backstitch: Deny and Say Why"]')
    .waitFor();
  await workbench.page.keyboard.press('Escape');
  await workbench.command('Backstitch: Deny and Say Why');
  const panel = await workbench.panel('permission-card textarea');
  await panel.locator('permission-card textarea:focus').waitFor();
  await workbench.page.keyboard.type('not here');
  await workbench.page.keyboard.press('Enter');
  await panel.locator('permission-card').waitFor({ state: 'detached' });
  await untilTrue('the command to be offered no more', async () => {
    await workbench.openPalette('Backstitch: Deny');
    const found = (await workbench.pickRows()).some((row) => row.startsWith('Backstitch: Deny'));
    await workbench.page.keyboard.press('Escape');
    return !found;
  });
});

test('a session of another folder says which, in row, notification and card; of several that wait one is picked', async () => {
  cliIn(elsewhere, 'run', 'demo', '--id', 'far', '--detach');
  await workbench.command('Backstitch: Show Sessions of All Workspaces');
  await treeRow(workbench, 'Session far, Demo agent, idle').waitFor();
  assert.match((await rows()).find((row) => row.startsWith('Session far')) ?? '', /, in .*elsewhere/);
  await workbench.command('View: Close All Editors');
  cli('send', '--id', 'far', '--message', 'permission');
  cli('send', '--id', 'given', '--message', 'permission');
  await Promise.all([untilAsked('far'), untilAsked('given')]);
  const notice = await workbench.notice('far in ');
  assert.match(await notice.innerText(), /elsewhere asks for permission: mkdir -p demo/);
  await untilTrue('both in the status bar', async () => /2 waiting/.test(await status().innerText()));
  const choice = workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'far' }).first();
  await untilTrue('a pick of those that wait', async () => {
    await status().locator('a').click();
    return choice.waitFor({ timeout: 5_000 }).then(
      () => true,
      () => false,
    );
  });
  assert.match(await choice.innerText(), /far[^]*waiting for permission[^]*elsewhere[^]*mkdir -p demo/);
  assert.equal((await workbench.pickRows()).length, 2);
  await choice.click();
  const panel = await workbench.panel('permission-card');
  assert.match(await panel.locator('permission-card .card').innerText(), /In .*elsewhere/);
  await panel.locator('permission-card [data-option=allow]').click();
  await untilTrue('an answer', async () => (await answers('far')) === 0);
  assert.equal(await answers('given'), 1, 'the other one was not answered');
});

test('after a reload the view shows its rows at once, says nothing of missing data, and keeps its order', async () => {
  const before = ['given', 'far', 'permission', 'Described by hand'];
  await untilTitles(before);
  const said: string[] = [];
  await workbench.page.exposeFunction('saidInView', (text: string) => said.push(text));
  await workbench.page.addInitScript(() => {
    const look = (): void => {
      const found = document.querySelectorAll<HTMLElement>(
        '.tree-explorer-viewlet-tree-view .message, .pane-body .welcome-view-content p',
      );
      const words = [...found]
        .filter((element) => element.getClientRects().length > 0)
        .map(({ innerText }) => innerText.trim())
        .filter((text) => text !== '');
      for (const word of words) (window as unknown as { saidInView(text: string): void }).saidInView(word);
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await workbench.page.reload();
  await workbench.untilReady();
  await untilTitles(before);
  assert.deepEqual([...new Set(said)], []);
});
