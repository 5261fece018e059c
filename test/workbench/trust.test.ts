import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { agentsList, sessionList, sessionRemove, sessionRewind, sessionStart, sessionStatus, sessionStop, sessionWaitIdle } from '../../src/protocol/protocol.ts';
import { openWorkbench, type Workbench } from '../support/workbench.ts';

/** A workspace that nobody has said they trust. */
let workbench: Workbench;

before(async () => {
  workbench = await openWorkbench({
    trust: true,
    files: { '.vscode/settings.json': JSON.stringify({ 'backstitch.agentArguments': { demo: ['--from-the-workspace'] } }), 'README.md': '# Sample\n' },
  });
});
after(() => workbench.dispose());

test('the view says why no agent is started, and how to change that', async () => {
  await workbench.page.locator('.activitybar [aria-label*="Backstitch"]').first().click();
  await workbench.page.getByText('This workspace is not trusted, so no agent is started in it.').waitFor();
  await workbench.page.locator('.monaco-button', { hasText: 'Manage Workspace Trust' }).first().waitFor();
  await workbench.screenshot('untrusted');
});

test('a session that is there can be read and prompted; rewind, switch and resume start nothing and point to the trust', async () => {
  const { connection } = await workbench.host();
  const { uid, pid } = await connection.sendRequest(sessionStart, { agent: 'demo', cwd: workbench.folder, args: [], env: workbench.env, cols: 100, rows: 30 });
  const status = () => connection.sendRequest(sessionStatus, { session: uid });
  await connection.sendRequest(sessionWaitIdle, { session: uid });
  await workbench.command('Backstitch: Open Conversation');
  const panel = await workbench.panel('prompt-composer');
  const sentence = 'No agent is started in a workspace that is not trusted: an agent runs commands and reads settings of the folder it works in.';
  const refused = async (): Promise<void> => {
    const notice = await workbench.notice(sentence);
    await notice.getByText('Manage Workspace Trust').waitFor();
    assert.deepEqual([(await status()).pid, (await status()).branch], [pid, 'main']);
    await workbench.command('Notifications: Clear All Notifications');
  };
  await panel.locator('prompt-composer textarea').fill('echo said');
  await panel.locator('prompt-composer textarea').press('Enter');
  await panel.locator('[data-kind=text]').getByText('said').waitFor();
  await connection.sendRequest(sessionWaitIdle, { session: uid });

  await panel.locator('rewind-seam[data-seam=s1] button.handle').focus();
  await workbench.page.keyboard.press('Enter');
  await panel.locator('rewind-confirm #go[aria-disabled=false]').click();
  await panel.locator('rewind-confirm').getByText(sentence).waitFor();
  await workbench.screenshot('untrusted-rewind');
  await refused();
  await workbench.command('Backstitch: Rewind to Seam');
  await refused();
  await workbench.command('Backstitch: Go Back to Branch');
  await refused();

  await connection.sendRequest(sessionRewind, { session: uid, seam: 's1', files: false });
  await panel.locator('branch-card #back').click();
  await panel.locator('branch-card #go[aria-disabled=false]').click();
  await panel.locator('branch-card').getByText(sentence).waitFor();
  assert.equal((await status()).branch, 'branch-2');
  await connection.sendRequest(sessionStop, { session: uid });
  await workbench.command('Notifications: Clear All Notifications');
  await workbench.command('Backstitch: Resume Session');
  await workbench.notice(sentence);
  assert.equal((await status()).alive, false);
  await connection.sendRequest(sessionRemove, { session: uid });
  await workbench.command('Notifications: Clear All Notifications');
});

test('New Session starts nothing and offers to manage the trust', async () => {
  await workbench.command('Backstitch: New Session');
  const notice = await workbench.notice('No agent is started in a workspace that is not trusted');
  const { connection } = await workbench.host();
  assert.deepEqual(await connection.sendRequest(sessionList, { all: true }), []);
  assert.ok((await connection.sendRequest(agentsList, { env: {} })).some(({ agent }) => agent === 'demo'));
  await notice.getByText('Manage Workspace Trust').click();
  await workbench.page.getByText('You are in Restricted Mode').waitFor();
});

test('once it is trusted, an agent is started with what the workspace says', async () => {
  await workbench.page.locator('.workspace-trust-editor').locator('.monaco-button', { hasText: /^Trust$/ }).first().click();
  await workbench.page.getByText('You trust this folder').first().waitFor();
  await workbench.page.keyboard.press('Escape');
  await workbench.command('Backstitch: New Session');
  await workbench.pick('Demo agent');
  await workbench.untilTerminal(/Demo agent 1\.0\.0/);
  const [session] = await (await workbench.host()).connection.sendRequest(sessionList, { all: true });
  assert.match(readFileSync(`/proc/${session!.pid}/cmdline`, 'utf8'), /\0--from-the-workspace\0/);
});
