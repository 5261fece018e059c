import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Frame } from 'playwright-core';
import { installAgents } from '../../scripts/agents.mjs';
import type { Block, SessionSummary } from '../../src/core/view.ts';
import { sessionList, sessionOpen } from '../../src/protocol/protocol.ts';
import { keptHistoryProblems } from '../modelServer/compareHistory.ts';
import { keptAt } from '../modelServer/kept.ts';
import { startModelServer, type ModelServer } from '../modelServer/modelServer.ts';
import { scenariosIn } from '../modelServer/scenarios.ts';
import { claudeSandbox, type ClaudeSandbox } from '../support/claudeHome.ts';
import { openWorkbench, until, untilTrue, type Workbench } from '../support/workbench.ts';

/** The main job on the real thing: Claude Code in a VS Code terminal, its conversation beside it, a permission, a rewind in mid-answer. */
let workbench: Workbench;
let sandbox: ClaudeSandbox;
let model: ModelServer;
let panel: Frame;

before(async () => {
  const { claude } = await installAgents();
  sandbox = await claudeSandbox();
  model = await startModelServer({ scenarios: scenariosIn(sandbox.cwd) });
  // VS Code takes the window's PATH from a login shell, so the CLI is put on it where a user would.
  writeFileSync(join(sandbox.home, '.profile'), `export PATH='${dirname(claude)}':"$PATH"\n`);
  workbench = await openWorkbench({
    folder: sandbox.cwd, files: {}, env: sandbox.windowEnv(model.port),
    // The CLI's own default asks a classifier of the vendor, which no stand-in can be.
    settings: { 'backstitch.agentArguments': { claude: ['--permission-mode', 'default'] }, 'backstitch.agentEnvironment': sandbox.proxyEnv },
  });
});
after(async () => {
  await workbench.dispose();
  await model.close();
  await sandbox.remove();
});

const summary = async (): Promise<SessionSummary> => {
  const [session] = await (await workbench.host()).connection.sendRequest(sessionList, { all: true });
  assert.ok(session);
  return session;
};
const blocks = async (): Promise<Block[]> =>
  (await (await workbench.host()).connection.sendRequest(sessionOpen, { session: (await summary()).uid, blocks: 500 })).page.blocks;
const untilIdle = (): Promise<void> => untilTrue('an idle agent', async () => (await summary()).state.is === 'idle');
const shown = (): Promise<(string | null)[]> => panel.locator('[data-block]').evaluateAll((items) => items.map((item) => item.getAttribute('data-block')));
const showsAll = async (): Promise<void> => {
  const expected = (await blocks()).map(({ block }) => block);
  await untilTrue('the panel to show what the host has', async () => JSON.stringify(await shown()) === JSON.stringify(expected));
};

async function prompt(text: string): Promise<void> {
  const composer = panel.locator('prompt-composer textarea');
  await composer.click();
  await composer.fill(text);
  await composer.press('Enter');
}

test('Claude Code is offered with its version and starts in a terminal, its conversation beside it', async () => {
  await workbench.command('Backstitch: New Session');
  await workbench.pick('Claude Code');
  await workbench.untilTerminal(/❯/);
  panel = await workbench.panel();
  await untilIdle();
});

test('a permission is asked for in the panel and answered there, and the terminal goes on', async () => {
  await prompt('now [[ask]] me');
  const allow = panel.locator('permission-card vscode-button[data-option="allow"]');
  await allow.waitFor();
  await workbench.screenshot('claude-permission');
  await allow.click();
  await panel.getByText('Permission was answered.').first().waitFor();
  await untilIdle();
  assert.ok(existsSync(join(workbench.folder, 'asked.txt')));
  await untilTrue('no open request', async () => await panel.locator('permission-card').count() === 0);
});

test('the whole answer is in the panel, edits as diffs', async () => {
  await workbench.command('Backstitch: Focus Terminal');
  await workbench.typeInTerminal('do the [[work]]');
  await workbench.page.keyboard.press('Enter');
  for (let answered = 0; answered < 10; answered++) {
    await untilTrue('a request or the end', async () => {
      const { state } = await summary();
      return state.is === 'waiting' || (state.is === 'idle' && (await blocks()).some((block) => block.kind === 'text' && block.text === 'Done with the work.'));
    });
    if ((await summary()).state.is === 'idle') break;
    await panel.locator('permission-card vscode-button[data-option="allow"]').click();
    await untilTrue('the answer to be taken', async () => (await summary()).state.is !== 'waiting');
  }
  await panel.getByText('Done with the work.').first().waitFor();
  await showsAll();
  await workbench.screenshot('claude-conversation');
});

test('a rewind in mid-answer: the terminal shows the cut session, and the model gets exactly what the panel shows', async () => {
  const originals = model.requests.filter((request) => request.kind === 'agent');
  const before = await blocks();
  const cut = before.find((block) => block.kind === 'text' && block.text === 'I write a file.');
  assert.ok(cut);
  const seam = panel.locator(`rewind-seam[data-seam="s${cut.block.slice(1)}"] button.handle`);
  await seam.focus();
  await workbench.page.keyboard.press('Enter');
  const go = panel.locator('rewind-confirm #go[aria-disabled=false]');
  await go.waitFor();
  await workbench.screenshot('claude-rewind-confirm');
  await go.press('Enter');
  await until('a branch', async () => ((await summary()).branches === 2 ? true : null));
  await untilIdle();
  await showsAll();
  assert.deepEqual((await blocks()).map(({ block }) => block), before.slice(0, before.indexOf(cut) + 1).map(({ block }) => block));
  await workbench.untilTerminal(/I write a file\./);
  assert.doesNotMatch(await workbench.terminalText(), /Done with the work/);
  assert.ok(!existsSync(join(workbench.folder, 'made.txt')));
  await workbench.screenshot('claude-rewound');

  await prompt('carry on [[next]]');
  const request = await model.next((one) => one.kind === 'agent' && one.scenario === 'next');
  const kept = keptAt(originals, { request: 'work/2', answered: 1, items: 19, last: 'I write a file.' }, workbench.folder);
  assert.deepEqual(keptHistoryProblems(kept, request.body, 'carry on [[next]]'), []);
  await panel.getByText('Going on from here.').first().waitFor();
  await untilIdle();
});

test('going back restores conversation and files', async () => {
  await panel.locator('branch-card #back').first().click();
  await panel.locator('branch-card #go[aria-disabled=false]').first().press('Enter');
  await untilTrue('the first branch', async () => (await summary()).branch === 'main');
  await untilIdle();
  await showsAll();
  assert.ok(existsSync(join(workbench.folder, 'made.txt')));
});
