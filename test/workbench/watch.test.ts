import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import type { SessionSummary } from '../../src/core/view.ts';
import { sessionStatus } from '../../src/protocol/protocol.ts';
import { openWorkbench, untilTrue, type Workbench } from '../support/workbench.ts';
import { showView, treeRow } from '../support/workbenchSession.ts';

/** Sessions that were started in a shell, seen and kept going from VS Code. */
let workbench: Workbench;
before(async () => {
  workbench = await openWorkbench();
});
after(() => workbench.dispose());
afterEach((each) => workbench.screenshotOfFailure(each));

const cli = (...args: string[]): string =>
  execFileSync(process.execPath, [path.join(import.meta.dirname, '../../dist/cli.mjs'), ...args], { cwd: workbench.folder, env: workbench.env, encoding: 'utf8' });
const summary = async (session: string): Promise<SessionSummary> => (await workbench.host()).connection.sendRequest(sessionStatus, { session });

test('three agents that were started in a shell stand in the view, each with its state, and their terminals are reached from there', async () => {
  for (const id of ['first', 'second', 'third']) cli('run', 'demo', '--id', id, '--detach', '--stall-after', '2s');
  cli('send', '--id', 'second', '--message', 'hang');
  await showView(workbench);
  await treeRow(workbench, 'Session first, Demo agent, idle').waitFor();
  await treeRow(workbench, 'Session second, Demo agent').waitFor();
  await treeRow(workbench, 'Session third, Demo agent, idle').waitFor();
  await treeRow(workbench, 'Session third').click();
  await workbench.panel('prompt-composer');
  // A conversation that is just opening takes the focus when it is there, on a busy machine after the command.
  await untilTrue('the focus in the terminal', async () => {
    await workbench.command('Backstitch: Focus Terminal');
    return workbench.page.locator('.terminal-wrapper.active .xterm.focus').waitFor({ timeout: 3_000 }).then(() => true, () => false);
  });
  await workbench.untilTerminal(/Demo agent 1\.0\.0 in/);
  await workbench.typeInTerminal('echo from the window\r');
  await workbench.untilTerminal(/from the window/);
  assert.match(cli('events', '--id', 'third', '--snapshot', '--types', 'block'), /from the window/);
});

test('a stall is told, and the agent told to go on from the notification', async () => {
  const notice = await workbench.notice('second has given no sign of life for');
  await treeRow(workbench, 'Session second, Demo agent, silent for').waitFor();
  await workbench.screenshot('stall-notice');
  await notice.getByRole('button', { name: 'Tell It to Go On', exact: true }).click();
  await untilTrue('the turn that follows', async () => (await summary('second')).blocks > 6 && (await summary('second')).state.is === 'idle');
  assert.match(cli('events', '--id', 'second', '--snapshot', '--types', 'send'), /"msg":"resume"/);
});

test('a limit is told with the time of its reset, and going on then is one click', async () => {
  cli('send', '--id', 'first', '--message', 'limit 3600');
  const notice = await workbench.notice('first has reached its usage limit, which resets at');
  await treeRow(workbench, 'Session first, Demo agent, limit reached, resets at').waitFor();
  await notice.getByRole('button', { name: 'Go On Then', exact: true }).click();
  await untilTrue('the setting', async () => (await summary('first')).settings.limit_window_s === 86_400);
});

test('a dialog of the agent is told, with the way to its terminal', async () => {
  cli('send', '--id', 'third', '--message', 'dialog');
  const notice = await workbench.notice('third stands at a dialog of its own: A dialog of the demo agent');
  await notice.getByRole('button', { name: 'Show Terminal', exact: true }).click();
  await workbench.untilTerminal(/Stitching/);
  cli('interrupt', '--id', 'third');
  await untilTrue('an idle agent', async () => (await summary('third')).state.is === 'idle');
});

test('Watch Session says what holds and changes it', async () => {
  await workbench.commandAndPick('Backstitch: Watch Session', 'Nudge it twice');
  await untilTrue('the preset', async () => {
    const all = await Promise.all(['first', 'second', 'third'].map(summary));
    return all.some(({ settings }) => settings.stall_after_s === 180 && settings.max_resumes === 2);
  });
  await workbench.command('Backstitch: Watch Session');
  await workbench.page.locator('.quick-input-widget input[placeholder^="Now: 2 nudges, each after 3 min"]').waitFor();
  await workbench.screenshot('watch-picker');
  await workbench.page.keyboard.press('Escape');
});

test('all three are stopped from the shell, and the view says so', async () => {
  for (const id of ['first', 'second', 'third']) cli('stop', '--id', id);
  await showView(workbench);
  await workbench.page.locator('.pane-body .monaco-list-row[aria-label^="Ended"]').waitFor();
  for (const id of ['first', 'second', 'third']) assert.equal((await summary(id)).alive, false);
});

test('any program runs in a session, chosen from the picker', async () => {
  await workbench.commandAndPick('Backstitch: New Session', 'Another program');
  const input = workbench.page.locator('.quick-input-widget input.input');
  await untilTrue('the question for the program', async () => /program and its arguments/.test(await workbench.page.locator('.quick-input-widget').innerText()));
  await input.fill('bash --norc --noprofile');
  await input.press('Enter');
  // The panel of a new session takes the focus at last; the one before is still there until then.
  const panel = await workbench.panel('prompt-composer textarea:focus');
  const composer = panel.locator('prompt-composer textarea');
  await composer.fill("echo '# stitched' $((6 * 7))");
  await composer.press('Enter');
  // As it was printed: it is no heading.
  await panel.locator('pre.printed', { hasText: '# stitched 42' }).waitFor();
  await workbench.screenshot('generic-program');
});
