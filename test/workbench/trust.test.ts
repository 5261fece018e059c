import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { agentsList, sessionList } from '../../src/protocol/protocol.ts';
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
