import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { sessionBranches, sessionSend, sessionStatus } from '../../src/protocol/protocol.ts';
import { openWorkbench, untilTrue, type Workbench } from '../support/workbench.ts';
import { answerModal, showView, treeRow, WorkbenchSession } from '../support/workbenchSession.ts';

/** What the commands of palette and menus do, each as a person would use it. */
let workbench: Workbench;
let session: WorkbenchSession;

before(async () => {
  workbench = await openWorkbench({
    how: 'installed', files: { 'README.md': '# Sample\n\nthree\nfour\n', 'other.txt': 'other\n' },
    env: { BACKSTITCH_DEMO_SPEED: '0.3' },
    settings: { 'backstitch.closeTerminal': 'ask', 'terminal.integrated.confirmOnKill': 'never' },
  });
  session = await WorkbenchSession.start(workbench);
});
after(() => workbench.dispose());
afterEach((each) => workbench.screenshotOfFailure(each));

const current = async (): Promise<string> => (await (await workbench.host()).connection.sendRequest(sessionBranches, { session: session.uid })).current;
const notes = (): string => path.join(workbench.folder, 'demo/notes.md');
/** From outside, as the command line sends. */
const send = async (text: string): Promise<void> => {
  await (await workbench.host()).connection.sendRequest(sessionSend, { session: session.uid, text, from: 'cli' });
};

test('Rewind to Seam lists the seams, says what goes and which files change, and rewinds', async () => {
  await session.prompt('edit one');
  await session.untilIdle();
  await session.prompt('edit two');
  await untilTrue('both edits', () => existsSync(notes()) && readFileSync(notes(), 'utf8') === '1. edit one\n2. edit two\n');
  await session.untilIdle();
  await workbench.commandAndPick('Backstitch: Rewind to Seam', 'After “edit two”');
  const question = await answerModal(workbench, 'Rewind with Files');
  assert.match(question, /These go: 2 paragraphs, 1 tool call\. They are kept as a branch/);
  assert.match(question, /Files that change: demo\/notes\.md/);
  await untilTrue('the file as it was', () => readFileSync(notes(), 'utf8') === '1. edit one\n');
  await untilTrue('another branch', async () => await current() !== 'main');
  await session.untilIdle();
  await session.showsAll();
});

test('Go Back to Branch asks which one and whether with files', async () => {
  await workbench.commandAndPick('Backstitch: Go Back to Branch', 'main');
  const question = await answerModal(workbench, 'Go Back with Files');
  assert.match(question, /Go back to branch main/);
  assert.match(question, /Files that change: demo\/notes\.md/);
  await untilTrue('the first branch', async () => await current() === 'main');
  await session.untilIdle();
  assert.equal(readFileSync(notes(), 'utf8'), '1. edit one\n2. edit two\n');
  await session.showsAll();
});

test('Undo Rewind goes back to where the session was before, with its files, and can itself be undone', async () => {
  await workbench.command('Backstitch: Undo Rewind');
  await untilTrue('the branch before', async () => await current() === 'branch-2');
  await session.untilIdle();
  assert.equal(readFileSync(notes(), 'utf8'), '1. edit one\n');
  await session.panel.locator('undo-notice').getByRole('button', { name: 'Undo: go back to main, with its files' }).click();
  await untilTrue('the first branch again', async () => await current() === 'main');
  await session.untilIdle();
  assert.equal(readFileSync(notes(), 'utf8'), '1. edit one\n2. edit two\n');
  await session.showsAll();
});

test('a renamed session has its name in view, terminal and panel', async () => {
  await showView(workbench);
  await workbench.command('Backstitch: Rename Session');
  const input = workbench.page.locator('.quick-input-widget input.input');
  await input.fill('stitching');
  await input.press('Enter');
  await treeRow(workbench, 'Session stitching, Demo agent, idle').waitFor();
  await workbench.page.locator('.editor-group-container .tab', { hasText: 'stitching' }).waitFor();
  await workbench.page.locator('.pane-composite-part.panel', { hasText: 'stitching' }).waitFor();
});

test('a changed file opens by click, and its change in the diff editor', async () => {
  await session.panel.locator('tool-card .file').last().getByRole('button', { name: 'demo/notes.md' }).first().click();
  const tab = (name: RegExp) => workbench.page.locator('.editor-group-container .tab', { hasText: name });
  await tab(/^notes\.md/).waitFor();
  await workbench.command('Backstitch: Open Conversation');
  await session.reopened();
  await session.panel.locator('tool-card .file').last().getByRole('button', { name: /diff|changes/i }).click();
  await tab(/notes\.md \(before ↔ after this step\)/).waitFor();
  const diff = workbench.page.locator('.monaco-diff-editor');
  await diff.locator('.editor.modified .view-line', { hasText: 'edit two' }).waitFor();
  await untilTrue('a before without it', async () => !(await diff.locator('.editor.original .view-lines').innerText()).includes('edit two'));
  await workbench.screenshot('diff-editor');
  await workbench.command('View: Close Editor');
});

test('a file in the confirm opens as it is now ↔ as it will be, beside the conversation; the confirm stays, with the focus', async () => {
  await workbench.command('Backstitch: Open Conversation');
  await session.reopened();
  const { panel } = session;
  const seams = panel.locator('rewind-seam');
  await seams.filter({ has: panel.locator('.line[data-is=exact]') }).first().locator('button.handle').focus();
  await workbench.page.keyboard.press('Enter');
  const link = panel.locator('rewind-confirm').getByRole('button', { name: 'Compare demo/notes.md: now and after the rewind' });
  await link.focus();
  await workbench.page.keyboard.press('Enter');
  const tab = (name: RegExp) => workbench.page.locator('.editor-group-container .tab', { hasText: name });
  await tab(/notes\.md \(now ↔ after the rewind; will be removed\)/).waitFor();
  const diff = workbench.page.locator('.monaco-diff-editor');
  const lines = (side: 'original' | 'modified') => diff.locator(`.editor.${side} .view-lines[role=presentation]`);
  await lines('original').getByText('edit two').waitFor();
  assert.equal((await lines('modified').innerText()).trim(), '');
  assert.equal(await workbench.page.locator('.editor-group-container').count(), 2);
  await workbench.screenshot('move-diff');
  const hasFocus = (): Promise<boolean> => link.evaluate((element) => document.hasFocus() && element.matches(':focus'));
  assert.equal(await hasFocus(), true);
  writeFileSync(notes(), 'changed by a person\n');
  await lines('original').getByText('changed by a person').waitFor();
  writeFileSync(notes(), '1. edit one\n2. edit two\n');
  await lines('original').getByText('edit two').waitFor();
  // Over to the diff and back again, by keyboard.
  await workbench.page.keyboard.press('Control+2');
  await diff.locator('.monaco-editor.focused').waitFor();
  await workbench.page.keyboard.press('Control+1');
  await untilTrue('the focus in the confirm', hasFocus);
  await workbench.page.keyboard.press('Escape');
  await panel.locator('rewind-confirm').waitFor({ state: 'detached' });
  await tab(/after the rewind/).click();
  await workbench.command('View: Close Editor');
});

test('only https links leave the panel, and VS Code asks first', async () => {
  await workbench.command('Backstitch: Open Conversation');
  await session.reopened();
  await session.prompt('markdown');
  await session.untilIdle();
  await session.panel.locator('markdown-text a', { hasText: 'link' }).click();
  assert.match(await answerModal(workbench, 'Cancel'), /https:\/\/example\.com/);
  for (const href of ['http://example.com/', 'command:workbench.action.quit', 'file:///etc/passwd', 'https:']) {
    await session.panel.evaluate((address) => {
      const panel = document.querySelector('backstitch-panel') as unknown as { actions: { openLink(href: string): void } };
      panel.actions.openLink(address);
    }, href);
    await session.panel.getByText(`Only links to https addresses are opened; this one was not: ${href}`).first().waitFor();
  }
  assert.equal(await workbench.page.locator('.monaco-dialog-box').count(), 0);
});

test('a file link opens the file at its lines, one that is not there says so; outside and on this machine it is asked first', async () => {
  await session.prompt('echo [readme](README.md#L3-L4), [gone](no-such.md), [hosts](/etc/hosts), `other.txt:1`, [quit](command:workbench.action.quit) and http://127.0.0.1:9/x');
  await session.untilIdle();
  const link = (words: string) => session.panel.locator('markdown-text a', { hasText: words });
  const selection = workbench.page.locator('.statusbar-item', { hasText: /^Ln \d+, Col \d+/ });
  await link('readme').click();
  await workbench.page.locator('.tab.active', { hasText: 'README.md' }).waitFor();
  await selection.filter({ hasText: /^Ln 4, Col 5 \(\d+ selected\)/ }).waitFor();
  await workbench.command('View: Close Editor');
  await session.reopened();
  await link('other.txt:1').click();
  await workbench.page.locator('.tab.active', { hasText: 'other.txt' }).waitFor();
  await workbench.command('View: Close Editor');
  await session.reopened();
  await link('gone').click();
  await session.panel.getByText(`There is no file ${path.join(workbench.folder, 'no-such.md')} (any more).`).waitFor();
  await link('hosts').click();
  const outside = await answerModal(workbench, 'Cancel');
  assert.match(outside, /Open the file \/etc\/hosts\?/);
  assert.match(outside, /It is outside the session’s folder/);
  assert.equal(await link('quit').count(), 0);
  await link('127.0.0.1').click();
  const question = await answerModal(workbench, 'Cancel');
  assert.match(question, /Open http:\/\/127\.0\.0\.1:9\/x in your browser\?/);
  await link('127.0.0.1').click();
  const [opened] = await Promise.all([workbench.page.context().waitForEvent('page'), answerModal(workbench, 'Open')]);
  // VS Code trusts this machine: it asks no second time.
  assert.equal(await workbench.page.locator('.monaco-dialog-box').count(), 0);
  await opened.close();
  await workbench.screenshot('links');
});

test('a running subagent is below its session, and a click shows its lane; the panel keeps the whole tree', async () => {
  await showView(workbench);
  await session.prompt('slow subagent');
  await treeRow(workbench, 'Subagent Explore the folder, explorer, running').click();
  await session.panel.locator('[data-kind="tool"]', { hasText: 'other.txt' }).first().waitFor();
  await untilTrue('the subagents to end', async () => (await session.summary()).runningLanes === 0);
  await session.untilIdle();
  await session.panel.getByRole('button', { name: 'Main agent', exact: true }).first().click();
  await session.showsAll();
  await session.panel.locator('#lanes').click();
  const rows = session.panel.locator('subagent-tree button.row');
  await rows.nth(1).waitFor();
  assert.deepEqual((await rows.allInnerTexts()).map((text) => /Explore the folder|Read one file/.exec(text)?.[0]), ['Explore the folder', 'Read one file']);
  await workbench.screenshot('subagent-rows');
  await session.panel.locator('#lanes').click();
});

test('Interrupt ends the turn and nothing else', async () => {
  await session.prompt('slow long');
  await session.untilState('busy');
  await workbench.command('Backstitch: Interrupt');
  await session.untilIdle();
  const { state, alive } = await session.summary();
  assert.deepEqual({ state, alive }, { state: { is: 'idle', interrupted: true }, alive: true });
  await session.panel.getByText('Interrupted.').first().waitFor();
});

for (const [answer, how] of [['Allow', 'allowed'], ['Deny', 'denied']] as const) {
  test(`a permission is asked for in a notification while the conversation is out of view: ${answer}`, async () => {
    await workbench.command('Terminal: Create New Terminal');
    await workbench.untilTerminal(/[$#]\s*$/m);
    await workbench.page.locator('.explorer-folders-view, .activitybar').first().waitFor();
    await openFile('other.txt');
    await send('permission');
    await session.untilState('waiting');
    const notice = await workbench.notice('stitching asks for permission');
    if (answer === 'Allow') await workbench.screenshot('permission-notice');
    await notice.getByRole('button', { name: answer, exact: true }).click();
    await session.untilIdle();
    const last = (await session.blocks()).findLast(({ kind }) => kind === 'tool');
    assert.equal(last?.kind === 'tool' && last.result?.status, answer === 'Allow' ? 'completed' : 'rejected', how);
    await workbench.command('Terminal: Kill the Active Terminal Instance');
  });
}

test('a permission that was asked for in view is asked for in a notification once nobody can see it', async () => {
  await workbench.command('Terminal: Create New Terminal');
  await workbench.command('Backstitch: Open Conversation');
  await session.reopened();
  await send('permission');
  await session.untilState('waiting');
  await session.panel.locator('permission-card').waitFor();
  assert.equal(await workbench.page.locator('.notification-toast', { hasText: 'asks for permission' }).count(), 0);
  await workbench.command('View: Close All Editors');
  const notice = await workbench.notice('stitching asks for permission');
  await notice.getByRole('button', { name: 'Deny', exact: true }).click();
  await session.untilIdle();
  await workbench.command('Terminal: Kill the Active Terminal Instance');
});

test('Stop Session asks while the agent is at work', async () => {
  await workbench.command('Backstitch: Open Conversation');
  await session.reopened();
  await session.prompt('slow long');
  await session.untilState('busy');
  await workbench.command('Backstitch: Stop Session');
  assert.match(await answerModal(workbench, 'Cancel'), /stitching is at work\. Stop it\?/);
  assert.equal((await session.summary()).alive, true);
  await workbench.command('Backstitch: Stop Session');
  await answerModal(workbench, 'Stop Session');
  await untilTrue('the end', async () => !(await session.summary()).alive);
  await workbench.command('Backstitch: Focus Terminal');
  await workbench.untilTerminal(/The agent has ended/);
});

test('Remove deletes a session that is over, after asking', async () => {
  const { logPath } = await session.summary();
  await workbench.command('Backstitch: Remove Session');
  assert.match(await answerModal(workbench, 'Remove'), /are deleted for good/);
  const { connection } = await workbench.host();
  await untilTrue('no such session', () => connection.sendRequest(sessionStatus, { session: session.uid }).then(() => false, () => true));
  await untilTrue('no record', () => !existsSync(logPath));
  assert.ok(existsSync(notes()), 'the files it worked on stay');
  await showView(workbench);
  await treeRow(workbench, 'Session stitching').waitFor({ state: 'detached' });
});

test('closeTerminal: ask', async () => {
  session = await WorkbenchSession.start(workbench);
  for (const [button, alive] of [['Keep Running', true], ['Stop Session', false]] as const) {
    await workbench.command('Backstitch: Focus Terminal');
    await workbench.untilTerminal(/Demo agent 1\.0\.0/);
    await workbench.command('Terminal: Kill the Active Terminal Instance');
    assert.match(await answerModal(workbench, button), /is closed\. Shall the agent go on\?/);
    await untilTrue(`${button} to be done`, async () => (await session.summary()).alive === alive);
  }
});

test('Install Command in PATH puts a command there that reaches the same host', async () => {
  await workbench.command("Backstitch: Install 'backstitch' Command in PATH");
  await workbench.notice('That folder is not on your PATH');
  const command = path.join(workbench.env['HOME']!, '.local/bin/backstitch');
  const listed = JSON.parse(execFileSync(command, ['status', '--all', '--ended', '--json'], { env: workbench.env, encoding: 'utf8' })) as unknown;
  assert.match(JSON.stringify(listed), new RegExp(session.uid));
});

async function openFile(name: string): Promise<void> {
  await workbench.command('Go to File...');
  const input = workbench.page.locator('.quick-input-widget input.input');
  await input.fill(name);
  await workbench.pick(name);
  await workbench.page.locator('.editor-group-container .tab.active', { hasText: name }).waitFor();
}
