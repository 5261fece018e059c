import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Frame } from 'playwright-core';
import type { Block, SessionSummary } from '../../src/core/view.ts';
import { sessionList, sessionOpen, sessionStatus } from '../../src/protocol/protocol.ts';
import { openWorkbench, until, untilTrue, type Workbench } from '../support/workbench.ts';

/** The extension as it is installed: its process is killed, then the session host. */
let workbench: Workbench;
let panel: Frame;
let uid = '';

before(async () => {
  workbench = await openWorkbench({ how: 'installed' });
  await workbench.command('Backstitch: New Session');
  await workbench.pick('Demo agent');
  await workbench.untilTerminal(/Demo agent 1\.0\.0/);
  panel = await workbench.panel();
  uid = (await (await workbench.host()).connection.sendRequest(sessionList, { all: true }))[0]!.uid;
  await prompt('echo before the crash');
});
after(() => workbench.dispose());

const summary = async (): Promise<SessionSummary> => (await workbench.host()).connection.sendRequest(sessionStatus, { session: uid });
const blocks = async (): Promise<Block[]> => (await (await workbench.host()).connection.sendRequest(sessionOpen, { session: uid, blocks: 500 })).page.blocks;

async function prompt(text: string): Promise<void> {
  const composer = panel.locator('prompt-composer textarea');
  await composer.fill(text);
  await composer.press('Enter');
  await panel.locator('[data-kind="text"]').getByText(text.replace('echo ', '')).waitFor();
  await untilTrue('an idle agent', async () => (await summary()).state.is === 'idle');
}

const tabs = (): Promise<number> => workbench.page.locator('.editor-group-container .tab').count();

test('an extension host that is killed takes neither agent, terminal nor panel with it', async () => {
  const before = await summary();
  const texts = await blocks();
  const killed = await workbench.extensionHostPid();
  process.kill(killed, 'SIGKILL');
  await until('another extension host', async () => (await workbench.extensionHostPid()) !== killed || null);
  // The tab of before is closed and another one opened in its place.
  await untilTrue('the old panel to go', () => panel.isDetached());
  panel = await workbench.panel('[data-block]');
  await workbench.untilTerminal(/before the crash/);
  assert.equal(await tabs(), 1);
  assert.equal((await summary()).pid, before.pid);
  assert.deepEqual(await blocks(), texts);
  await prompt('echo after the crash');
  await workbench.untilTerminal(/after the crash/);
  const shown = await panel.locator('[data-block]').evaluateAll((items) => items.map((item) => item.getAttribute('data-block')));
  assert.deepEqual(shown, (await blocks()).map(({ block }) => block));
});

test('a session host that is killed is started again, and its session can be resumed where one reads it', async () => {
  const before = await blocks();
  const { pid } = (await workbench.host()).host;
  process.kill(pid, 'SIGKILL');
  await untilTrue('another host', async () => (await workbench.host()).host.pid !== pid);
  await untilTrue('the session to be known as interrupted', async () => !(await summary()).alive);
  assert.deepEqual(await blocks(), before);
  // The panel stayed in view all the time and has found its way to the new host by itself.
  await panel.locator('session-end').getByText('The session was interrupted').waitFor();
  await panel.locator('session-end #resume').waitFor();
  // Enter resumes the session, and sends what was typed once the agent runs again.
  await prompt('echo after the resume');
  assert.equal((await summary()).alive, true);
  assert.equal(await panel.locator('session-end').count(), 0);
  assert.equal(panel.isDetached(), false);
  const shown = await panel.locator('[data-block]').evaluateAll((items) => items.map((item) => item.getAttribute('data-block')));
  assert.deepEqual(shown, (await blocks()).map(({ block }) => block));
  await workbench.untilTerminal(/after the resume/);
});

test('the command line is on the PATH of the terminals', async () => {
  await workbench.command('Terminal: Create New Terminal');
  await workbench.untilTerminal(/[$#]\s*$/m);
  await workbench.typeInTerminal('clear; backstitch status --json | grep -o \'"alive": *true\'; command -v backstitch\n');
  await workbench.untilTerminal(/"alive": *true[\s\S]*backstitch\.backstitch\/bin\/backstitch/);
});

test('a terminal that a person closes is offered back, and the session goes on', async () => {
  await workbench.command('Backstitch: Focus Terminal');
  await workbench.command('Terminal: Kill the Active Terminal Instance');
  const notice = await workbench.notice('goes on without its terminal');
  assert.equal((await summary()).alive, true);
  await notice.getByText('Show Terminal').click();
  await workbench.untilTerminal(/after the resume/);
});
