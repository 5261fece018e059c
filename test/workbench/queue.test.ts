import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import type { Event } from '../../src/core/events.ts';
import { sessionConfigure, sessionWaitIdle } from '../../src/protocol/protocol.ts';
import { openWorkbench, untilTrue, type Workbench } from '../support/workbench.ts';
import { WorkbenchSession } from '../support/workbenchSession.ts';

/** The queue and the watch as a person sees them: the real host, the demo agent, the panel in the workbench. */
let workbench: Workbench;
let session: WorkbenchSession;

before(async () => {
  workbench = await openWorkbench();
  session = await WorkbenchSession.start(workbench);
});
afterEach((each) => workbench.screenshotOfFailure(each as { passed?: boolean; name: string }));
after(() => workbench.dispose());

const lines = (): Promise<string[]> => session.panel.locator('prompt-queue .row .line').allInnerTexts();
const untilLines = (expected: string[]): Promise<void> =>
  untilTrue(`the queue ${expected.join(' | ')}`, async () => JSON.stringify(await lines()) === JSON.stringify(expected)).catch(async () => assert.deepEqual(await lines(), expected));
const row = (text: string) => session.panel.locator('prompt-queue .row', { hasText: text });
const untilFocused = (text: string): Promise<void> => untilTrue(`the focus on ${text}`, () => row(text).evaluate((element) => element.matches(':focus')));
const log = async (): Promise<Event[]> => readFileSync((await session.summary()).logPath, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Event);
const press = (key: string): Promise<void> => workbench.page.keyboard.press(key);
const banner = (text: RegExp) => session.panel.locator('watch-banner .card', { hasText: text });

/** The agent is at work and says nothing until it is interrupted. */
async function hang(): Promise<void> {
  await session.prompt('hang');
  await session.untilState('busy');
}

test('three prompts wait while the agent is at work', async () => {
  await hang();
  for (const text of ['echo one', 'echo two', 'echo three']) await session.prompt(text);
  await untilLines(['echo one', 'echo two', 'echo three']);
  await session.panel.getByText('3 prompts wait').first().waitFor();
});

test('they are edited, moved and removed by keyboard, and the agent gets what is left in that order', async () => {
  await session.panel.locator('prompt-composer textarea').click();
  await press('Shift+Tab');
  await untilFocused('echo one');
  await press('ArrowDown');
  await press('Enter');
  await session.panel.locator('prompt-queue textarea').waitFor();
  await workbench.page.keyboard.type(', edited');
  await press('Enter');
  await untilLines(['echo one', 'echo two, edited', 'echo three']);
  await untilFocused('echo two, edited');
  await press('End');
  await untilFocused('echo three');
  await press('Alt+ArrowUp');
  await untilLines(['echo one', 'echo three', 'echo two, edited']);
  await press('Alt+ArrowUp');
  await untilLines(['echo three', 'echo one', 'echo two, edited']);
  await untilFocused('echo three');
  await press('ArrowDown');
  await press('Delete');
  await untilLines(['echo three', 'echo two, edited']);
  await untilFocused('echo two, edited');

  const before = (await session.summary()).lastSeq;
  await session.panel.locator('panel-header #interrupt').click();
  // An empty queue and an idle agent are not enough: what was typed last may not have been taken up yet.
  await (await workbench.host()).connection.sendRequest(sessionWaitIdle, { session: session.uid });
  const rows = (await log()).filter(({ seq }) => seq > before);
  assert.deepEqual(rows.flatMap((event) => (event.type === 'send' ? [event.msg] : [])), ['echo three', 'echo two, edited']);
  assert.deepEqual((await session.blocks()).flatMap((block) => (block.kind === 'prompt' ? [block.text] : [])), ['hang', 'echo three', 'echo two, edited']);
  await session.showsAll();
  assert.equal(await session.panel.locator('prompt-queue .box').count(), 0);
});

test('a paused queue waits also for an idle agent; one prompt of it can be sent now', async () => {
  await hang();
  for (const text of ['echo four', 'echo five']) await session.prompt(text);
  await session.panel.getByRole('button', { name: 'Pause: nothing is sent until you continue' }).click();
  await session.panel.getByText('Paused: 2 prompts wait').first().waitFor();
  await session.panel.locator('panel-header #interrupt').click();
  await session.untilIdle();
  await row('echo five').hover();
  await row('echo five').getByRole('button', { name: 'Send Now' }).click();
  await session.panel.locator('[data-kind=text]').getByText('five', { exact: true }).waitFor();
  await session.untilIdle();
  assert.deepEqual(await lines(), ['echo four']);
  await session.panel.getByRole('button', { name: 'Continue: send what waits' }).click();
  await session.panel.locator('[data-kind=text]').getByText('four', { exact: true }).waitFor();
  await session.untilIdle();
});

test('silence is told, and ends with an interrupt', async () => {
  await (await workbench.host()).connection.sendRequest(sessionConfigure, { session: session.uid, settings: { stall_after_s: 1 }, from: 'panel' });
  await hang();
  await banner(/No sign of life for less than a minute/).waitFor();
  await session.panel.locator('panel-header .state', { hasText: 'No sign of life' }).waitFor();
  await workbench.screenshot('stalled');
  await session.panel.locator('watch-banner #interrupt').click();
  await session.untilIdle();
  await session.panel.locator('watch-banner .card').waitFor({ state: 'detached' });
  await (await workbench.host()).connection.sendRequest(sessionConfigure, { session: session.uid, settings: { stall_after_s: 480 }, from: 'panel' });
});

test('a dialog of the agent’s own: one click is in its terminal', async () => {
  await session.prompt('dialog');
  await banner(/A dialog of the demo agent; Escape closes it\./).waitFor();
  await workbench.screenshot('dialog');
  await session.panel.locator('watch-banner #terminal').click();
  await workbench.page.locator('.terminal-wrapper.active .xterm.focus').waitFor();
  await press('Escape');
  await session.untilIdle();
  await session.panel.locator('watch-banner .card').waitFor({ state: 'detached' });
});

test('it can be looked at in dark, high contrast and light', async () => {
  await hang();
  for (const text of ['Now run the whole suite and fix what fails', 'Write the changelog entry', 'echo done']) await session.prompt(text);
  for (const [name, theme] of [['dark', 'Dark Modern'], ['high-contrast', 'Dark High Contrast'], ['light', 'Light Modern']] as const) {
    await workbench.command('Preferences: Color Theme');
    await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Modern' }).first().waitFor();
    await workbench.page.locator('.quick-input-widget input.input').fill(theme);
    await workbench.pick(theme);
    await session.panel.locator(`body.${{ dark: 'vscode-dark', light: 'vscode-light', 'high-contrast': 'vscode-high-contrast' }[name]}`).waitFor();
    await session.panel.locator('prompt-composer textarea').click();
    await press('Shift+Tab');
    await row('Now run the whole suite').locator('.tools').waitFor();
    await workbench.screenshot(`queue-${name}`);
  }
  const listed = await lines();
  await workbench.command('Developer: Reload Window');
  await workbench.page.waitForEvent('load');
  await workbench.untilReady();
  session.panel = await workbench.panel('prompt-queue .row');
  assert.deepEqual(await lines(), listed, 'a reload of the window leaves the queue as it was');
  for (let left = listed.length - 1; left >= 0; left--) {
    const first = session.panel.locator('prompt-queue .row').first();
    await first.focus();
    await press('Delete');
    await untilTrue(`${left} prompts`, async () => (await session.summary()).queued === left);
    // The row that is gone from the queue may still be drawn, and would take the next key.
    await untilTrue(`${left} rows`, async () => (await session.panel.locator('prompt-queue .row').count()) === left);
  }
});

test('a limit is told with the time at which it resets', async () => {
  await session.panel.locator('panel-header #interrupt').click();
  await session.untilIdle();
  await session.prompt('limit 3600');
  // In the last hour of a day the date stands before the time.
  await banner(/has reached its limit, which resets at .*\d+:\d\d/).waitFor();
  await workbench.screenshot('limited');
});
