import assert from 'node:assert/strict';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { titleOf } from '../../src/core/sessionTitle.ts';
import { untilTrue, openWorkbench, type Workbench } from '../support/workbench.ts';
import { showView, treeRow, WorkbenchSession } from '../support/workbenchSession.ts';

/** A workspace of two folders, and a terminal that takes its session with it. */
let workbench: Workbench;
let session: WorkbenchSession;

before(async () => {
  workbench = await openWorkbench({
    files: {
      'both.code-workspace': JSON.stringify({ folders: [{ path: 'north' }, { path: 'south' }], settings: { 'backstitch.closeTerminal': 'stop' } }),
      'north/README.md': '# North\n',
      'south/README.md': '# South\n',
    },
    workspaceFile: 'both.code-workspace',
    settings: { 'terminal.integrated.confirmOnKill': 'never' },
  });
});
after(() => workbench.dispose());
afterEach((each) => workbench.screenshotOfFailure(each));

test('New Session asks which folder the agent shall work in', async () => {
  session = await WorkbenchSession.start(workbench, 'south');
  assert.equal((await session.summary()).cwd, path.join(workbench.folder, 'south'));
  await workbench.untilTerminal(/Demo agent 1\.0\.0 in .*\/south/);
});

test('the view shows the sessions of all its folders', async () => {
  const first = session;
  session = await WorkbenchSession.start(workbench, 'north');
  assert.equal((await session.summary()).cwd, path.join(workbench.folder, 'north'));
  await showView(workbench);
  for (const each of [first, session]) await treeRow(workbench, `Session ${titleOf(await each.summary())}, Demo agent, idle`).waitFor();
  await workbench.screenshot('multi-root');
});

test('closeTerminal: stop', async () => {
  await workbench.command('Backstitch: Focus Terminal');
  await workbench.untilTerminal(/Demo agent 1\.0\.0 in .*\/north/);
  await workbench.command('Terminal: Kill the Active Terminal Instance');
  await untilTrue('the session to be stopped', async () => !(await session.summary()).alive);
  assert.equal(await workbench.page.locator('.monaco-dialog-box').count(), 0);
});
