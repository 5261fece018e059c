/** What a permission request shows, and how it is answered in the panel. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { EventBody } from '../../src/core/events.ts';
import { gallery } from './gallery.ts';
import { startHarness } from './harness.ts';
import type { Harness, OpenOptions } from './harness.ts';

let harness: Harness;
before(async () => { harness = await startHarness(); });
after(() => harness.close());

type Asked = Extract<EventBody, { type: 'permission_requested' }>;
const options: Asked['options'] = [{ option: 'allow', label: 'Allow' }, { option: 'allow_always', label: 'Allow and remember' }, { option: 'deny', label: 'Deny' }];
const asks = (request: string, input: unknown, more: Partial<Asked> = {}): Asked => ({ type: 'permission_requested', request, lane: 'main', tool: 'Bash', title: '', input, options, ...more });
const waiting: EventBody = { type: 'state', state: { is: 'waiting', for: 'permission' } };

async function opened(t: { after(fn: () => Promise<void>): void }, events: EventBody[], open: OpenOptions = {}): Promise<Page> {
  const { page, problems } = await harness.open({ height: 700, ...open, prepare: `peer.emit(${JSON.stringify([...gallery, waiting, ...events])}); ${open.prepare ?? ''}` });
  t.after(async () => {
    await page.close();
    assert.deepEqual(problems, []);
  });
  await page.locator('permission-card').first().waitFor();
  return page;
}

const given = (page: Page): Promise<unknown[]> => page.evaluate(() => window.peer.of('session/answer'));
const answered = async (page: Page, count: number): Promise<unknown[]> => {
  await page.waitForFunction((least) => window.peer.of('session/answer').length >= least, count);
  return given(page);
};
const settled = (page: Page): Promise<void> => page.waitForFunction(() => (document.querySelector('backstitch-panel')!.shadowRoot!.querySelector('permission-card') as unknown as { isSettled: boolean }).isSettled).then(() => undefined);
const lines = async (page: Page): Promise<string[]> => (await page.locator('permission-card .card').innerText()).split('\n').filter((line) => line.trim() !== '');
const focused = (page: Page): Promise<string> => page.evaluate(() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element?.localName ?? '';
});
const composer = (page: Page) => page.locator('prompt-composer textarea');
const wins = [{ session: 'uid-1', request: 'r1', option: 'allow', from: 'panel' }];

test('a command is shown once, whole, as a command, and the agent’s own words on it as such', async (t) => {
  const command = 'for f in *; do\n  echo "$f"\ndone\nrm -rf build';
  const page = await opened(t, [asks('r1', { command, description: 'List the files', timeout: 5000 }, { title: 'Bash: for f in *; do' })]);
  assert.deepEqual(await lines(page), [
    'Demo Agent asks to use Bash', 'The agent describes it as: List the files', 'Command', 'for f in *; do', '  echo "$f"', 'done', 'rm -rf build', 'timeout: 5000',
    'Allow', '1', 'Allow and remember', '2', 'Deny', '3', 'Deny and Say Why…', '4',
  ]);
  assert.equal(await page.locator('permission-card pre[data-is="request.command"]').innerText(), command);
});

test('a subagent is named, and the folder where the window does not show it', async (t) => {
  const page = await opened(t, [asks('r1', { command: 'ls' }, { lane: 'a1' })], { prepare: "peer.place = { folders: ['/elsewhere'], home: '/home/me' }; peer.cwd = '/home/me/work/api';" });
  assert.deepEqual((await lines(page)).slice(0, 2), ['Subagent explorer (Check the callers) asks to use Bash', 'In ~/work/api']);
  assert.deepEqual(await page.locator('panel-header .name > span').allInnerTexts(), ['docs', 'Demo Agent', '~/work/api']);
  await page.locator('panel-header #lanes').click();
  assert.match(await page.locator('subagent-tree .row').first().innerText(), /waits for permission/);
});

test('an edit shows its file once and what changes in it; new contents are shown whole', async (t) => {
  const page = await opened(t, [
    asks('r1', { file_path: '/ws/src/a.ts', old_string: 'one\ntwo', new_string: 'one\n2', replace_all: false }, { tool: 'Edit', title: 'Edit: /ws/src/a.ts' }),
  ]);
  assert.deepEqual((await lines(page)).slice(0, 6), ['Demo Agent asks to use Edit', 'src/a.ts', 'one', 'two', '2', 'replace_all: false']);
  assert.deepEqual(await page.locator('permission-card .diff > div').evaluateAll((rows) => rows.map((row) => `${row.className} ${row.textContent}`)), ['same one', 'removed two', 'added 2']);
  await page.evaluate((next) => window.peer.emit([{ type: 'permission_resolved', request: 'r1', outcome: 'denied', by: 'terminal' }, next]), asks('r2', { file_path: '/ws/b.txt', content: 'x\ny' }, { tool: 'Write', title: 'Write: /ws/b.txt' }));
  await page.getByText('Demo Agent asks to use Write').waitFor();
  assert.deepEqual((await lines(page)).slice(1, 5), ['b.txt', 'New contents', 'x', 'y']);
});

test('a long command scrolls in the card, says how long it is, and leaves the buttons in view', async (t) => {
  const command = `${'echo fine\n'.repeat(200)}rm -rf ~`;
  const page = await opened(t, [asks('r1', { command })], { height: 420 });
  assert.equal((await lines(page))[1], 'Command, 201 lines');
  const [matter, button, view] = await page.evaluate(() => {
    const card = document.querySelector('backstitch-panel')!.shadowRoot!.querySelector('permission-card')!.shadowRoot!;
    const box = card.querySelector('.matter')!;
    return [box.scrollHeight > box.clientHeight, card.querySelector('[data-option=deny]')!.getBoundingClientRect().bottom, innerHeight];
  });
  assert.equal(matter, true);
  assert.ok(button < view, `${button} of ${view}`);
  await page.locator('permission-card .matter').focus();
  await page.keyboard.press('End');
  assert.equal(await page.locator('permission-card pre').evaluate((pre) => pre.textContent!.endsWith('rm -rf ~')), true);
});

test('keys answer where nothing is typed; in a composer with words they are letters', async (t) => {
  const page = await opened(t, [asks('r1', { command: 'ls' })]);
  await settled(page);
  await composer(page).focus();
  await page.keyboard.type('1');
  assert.equal(await composer(page).inputValue(), '1');
  await page.keyboard.press('Control+Enter');
  assert.deepEqual(await given(page), [], 'a prompt was meant');
  await composer(page).fill('');
  await page.keyboard.press('Control+Enter');
  assert.deepEqual(await answered(page, 1), wins);
});

test('keys in the queue are the queue’s: Ctrl+Enter there allows nothing', async (t) => {
  const page = await opened(t, [asks('r1', { command: 'ls' }), { type: 'queued', send: 'q', text: 'and then', from: 'panel' }]);
  await settled(page);
  await page.locator('prompt-queue .row[data-send=q]').focus();
  await page.keyboard.press('Control+Enter');
  await page.keyboard.press('1');
  await page.locator('conversation-feed .scroll').focus();
  await page.keyboard.press('3');
  assert.deepEqual(await answered(page, 1), [{ session: 'uid-1', request: 'r1', option: 'deny', from: 'panel' }]);
});

test('a digit answers with what the button beside it says, and the shown request alone', async (t) => {
  const page = await opened(t, [asks('r1', { command: 'ls' }), asks('r2', { command: 'pwd' })]);
  await settled(page);
  await page.locator('conversation-feed .scroll').focus();
  await page.keyboard.press('2');
  assert.deepEqual(await answered(page, 1), [{ session: 'uid-1', request: 'r1', option: 'allow_always', from: 'panel' }]);
  await page.waitForFunction(() => document.querySelector('backstitch-panel')!.shadowRoot!.querySelectorAll('permission-card').length === 1);
  assert.equal(await page.locator('permission-card .key').count(), 4, 'the next one has the keys');
});

test('a card that opens under moving fingers is not answered, and says so', async (t) => {
  const page = await opened(t, [asks('r1', { command: 'ls' })], { onPage: (fresh) => fresh.clock.install() });
  await page.clock.pauseAt(await page.evaluate(() => Date.now()) + 60_000);
  const early = page.getByText('This request has only just opened. Read it, then answer again.');
  await page.evaluate((next) => window.peer.emit([{ type: 'permission_resolved', request: 'r1', outcome: 'allowed', by: 'terminal' }, next]), asks('r2', { command: 'rm -rf /' }));
  await page.clock.runFor(50);
  await page.locator('permission-card pre', { hasText: 'rm -rf /' }).waitFor();
  await page.locator('conversation-feed .scroll').focus();
  await page.keyboard.press('1');
  await early.waitFor();
  assert.deepEqual(await given(page), []);
  await page.clock.runFor(1000);
  await page.keyboard.press('1');
  assert.deepEqual(await answered(page, 1), [{ session: 'uid-1', request: 'r2', option: 'allow', from: 'panel' }]);
});

test('deny and say why: the keys wait for the box, the reason goes along, Escape goes back, and it outlives a reload', async (t) => {
  const page = await opened(t, [asks('r1', { command: 'rm -rf build' })]);
  await settled(page);
  await page.locator('conversation-feed .scroll').focus();
  await page.keyboard.type('4keep');
  const box = page.locator('permission-card textarea');
  assert.equal(await box.inputValue(), 'keep');
  await page.keyboard.press('Escape');
  await box.waitFor({ state: 'detached' });
  assert.deepEqual(await given(page), []);
  await page.locator('permission-card [data-option=why]').click();
  await box.fill('Use npm run clean');
  const saved = await page.evaluate(() => window.peer.saved);
  const again = await opened(t, [asks('r1', { command: 'rm -rf build' })], { saved });
  assert.equal(await again.locator('permission-card textarea').inputValue(), 'Use npm run clean');
  await again.locator('permission-card textarea').press('Enter');
  assert.deepEqual(await answered(again, 1), [{ session: 'uid-1', request: 'r1', option: 'deny', message: 'Use npm run clean', from: 'panel' }]);
});

test('an answer is shown at once as on its way, and who was faster is said', async (t) => {
  const page = await opened(t, [asks('r1', { command: 'ls' }), asks('r2', { command: 'pwd' }), asks('r3', { command: 'id' })], { prepare: "peer.held = ['session/answer'];" });
  await page.locator('permission-card [data-option=allow]').first().click();
  await page.locator('permission-card .doing', { hasText: 'Allowing…' }).waitFor();
  assert.equal(await focused(page) === 'textarea', false);
  const faster = async (by: 'cli' | 'panel', request: string, words: string): Promise<void> => {
    await page.evaluate(([who, which]) => window.peer.emit([{ type: 'permission_resolved', request: which!, outcome: 'allowed', by: who as 'cli' }]), [by, request]);
    await page.locator('[data-is=notice]', { hasText: words }).waitFor();
  };
  await faster('cli', 'r2', 'Answered from a shell.');
  await faster('panel', 'r3', 'Answered in another window.');
  await faster('cli', 'r1', 'Answered from a shell.');
  await page.evaluate(() => window.peer.release());
  await page.locator('[data-is=notice]', { hasText: 'Too late' }).waitFor();
});

test('commands of the palette answer what is shown, and say when nothing is asked any more', async (t) => {
  const page = await opened(t, [asks('r1', { command: 'ls' })]);
  await settled(page);
  await page.evaluate(() => window.peer.command('answer', { answer: 'deny' }));
  assert.deepEqual(await answered(page, 1), [{ session: 'uid-1', request: 'r1', option: 'deny', from: 'panel' }]);
  await page.locator('permission-card').waitFor({ state: 'detached' });
  await page.evaluate(() => window.peer.command('answer', { answer: 'allow' }));
  await page.getByText('Nothing is asked for here any more.').waitFor();
});

test('a tool that waits for leave says so and does not spin; the header too, also while the agent goes on', async (t) => {
  const page = await opened(t, [
    { type: 'block', block: 'b20', lane: 'main', after: 'b15', kind: 'tool', tool: 'Bash', tool_kind: 'execute', call: 'c20', title: 'ls', input: { command: 'ls' } },
    { type: 'block', block: 'b21', lane: 'main', after: 'b20', kind: 'tool', tool: 'Bash', tool_kind: 'execute', call: 'c21', title: 'pwd', input: { command: 'pwd' } },
    asks('r1', { command: 'ls' }, { call: 'c20' }), { type: 'state', state: { is: 'busy' } },
  ]);
  const card = (block: string) => page.locator(`[data-block=${block}] tool-card .status`);
  assert.equal(await card('b20').innerText(), 'waits for permission');
  assert.equal(await card('b20').locator('busy-spinner').count(), 0);
  assert.equal(await card('b21').innerText(), 'running');
  assert.equal(await page.locator('panel-header .state').innerText(), 'Waiting for permission');
  await page.evaluate(() => window.peer.emit([{ type: 'permission_resolved', request: 'r1', outcome: 'allowed', by: 'terminal' }]));
  await page.locator('[data-block=b20] tool-card .status[data-is=running]').waitFor();
  await page.locator('panel-header .state', { hasText: 'Working' }).waitFor();
});
