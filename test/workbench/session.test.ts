import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Frame } from 'playwright-core';
import type { Block, SessionSummary } from '../../src/core/view.ts';
import { sessionBranches, sessionList, sessionOpen, sessionStatus } from '../../src/protocol/protocol.ts';
import { titleOf } from '../../src/core/sessionTitle.ts';
import { openWorkbench, until, untilTrue, type Workbench } from '../support/workbench.ts';

/** One session, from the palette to the second reload, as a person would use it. */
let workbench: Workbench;
let panel: Frame;
let uid = '';

before(async () => {
  workbench = await openWorkbench({ files: { 'README.md': '# Sample\n' } });
});
after(() => workbench.dispose());

const summary = async (): Promise<SessionSummary> => (await workbench.host()).connection.sendRequest(sessionStatus, { session: uid });
const blocks = async (): Promise<Block[]> => (await (await workbench.host()).connection.sendRequest(sessionOpen, { session: uid, blocks: 500 })).page.blocks;
/** Ids of the steps that the panel shows, in the order of the page. */
const shown = (): Promise<(string | null)[]> => panel.locator('[data-block]').evaluateAll((items) => items.map((item) => item.getAttribute('data-block')));
const untilIdle = (): Promise<void> => untilTrue('an idle agent', async () => (await summary()).state.is === 'idle');
const showsAll = async (): Promise<void> => {
  const expected = (await blocks()).map(({ block }) => block);
  await untilTrue('the panel to show what the host has', async () => JSON.stringify(await shown()) === JSON.stringify(expected)).catch(async () => {
    assert.deepEqual(await shown(), expected);
  });
};

async function prompt(text: string): Promise<void> {
  const composer = panel.locator('prompt-composer textarea');
  await composer.click();
  await composer.fill(text);
  await composer.press('Enter');
}

test('New Session offers the built-in agent with its version', async () => {
  await workbench.command('Backstitch: New Session');
  await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Demo agent' }).waitFor();
  const rows = await workbench.pickRows();
  assert.ok(rows.some((row) => row.startsWith('Demo agent, 1.0.0')), rows.join('\n'));
});

test('the session appears in a terminal, in a panel and in the view', async () => {
  await workbench.pick('Demo agent');
  await workbench.untilTerminal(/Demo agent 1\.0\.0 in .*workspace/);
  panel = await workbench.panel();
  await panel.getByText('What shall Demo agent do?').waitFor();
  const sessions = await (await workbench.host()).connection.sendRequest(sessionList, { all: true });
  assert.equal(sessions.length, 1);
  uid = sessions[0]!.uid;
  await workbench.page.locator('.activitybar [aria-label*="Backstitch"]').first().click();
  const row = workbench.page.locator(`.monaco-list-row[aria-label^="Session ${titleOf(sessions[0]!)}, Demo agent, idle"]`);
  await row.waitFor();
  await workbench.page.locator('[id="backstitch.backstitch.status"]', { hasText: '1 idle' }).waitFor();
});

test('a prompt from the composer is answered in panel and terminal', async () => {
  await prompt('Write notes\nabout two lines');
  await until('an answer', async () => (await blocks()).filter(({ kind }) => kind === 'text').length >= 4 || null);
  await untilIdle();
  const [first] = await blocks();
  assert.equal(first?.kind === 'prompt' && first.text, 'Write notes\nabout two lines');
  await showsAll();
  await workbench.untilTerminal(/Rewind to any seam above/);
  await panel.getByText('Rewind to any seam above').first().waitFor();
});

test('a prompt typed in the terminal appears in the panel', async () => {
  await workbench.command('Backstitch: Focus Terminal');
  await workbench.typeInTerminal('echo typed in the terminal');
  await workbench.page.keyboard.press('Enter');
  await panel.locator('[data-kind="text"]').getByText('typed in the terminal').waitFor();
  await untilIdle();
  await showsAll();
});

test('a seam is reached by keyboard, and rewinding there takes conversation and files back', async () => {
  const before = await blocks();
  const [, , ...tools] = before.filter(({ kind }) => kind === 'tool');
  assert.ok(tools.length > 0);
  await workbench.command('Backstitch: Open Conversation');
  const seams = panel.locator('rewind-seam button.handle');
  const count = await seams.count();
  assert.ok(count >= 5, `${count} seams`);
  await panel.locator('prompt-composer textarea').click();
  // Tab order: backwards from the composer the seams come one by one.
  const label = (): Promise<string | null> => panel.evaluate(() => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    return at?.closest('button.handle') ? at.getAttribute('aria-label') : null;
  });
  const reached = new Set<string>();
  for (let steps = 0; steps < 80 && reached.size < 3; steps++) {
    await workbench.page.keyboard.press('Shift+Tab');
    const name = await label();
    if (name !== null) reached.add(name);
  }
  assert.equal(reached.size, 3, [...reached].join('\n'));
  await workbench.page.keyboard.press('Enter');
  await panel.locator('rewind-confirm [role=dialog]').waitFor();
  await workbench.screenshot('rewind-confirm');
  await workbench.page.keyboard.press('Escape');
  await untilTrue('the confirm to close', async () => await panel.locator('rewind-confirm').count() === 0);

  await seams.nth(1).focus();
  await workbench.page.keyboard.press('Enter');
  const confirm = panel.locator('rewind-confirm');
  await confirm.getByText('Restore files').first().waitFor();
  await confirm.locator('#go[aria-disabled=false]').press('Enter');
  await until('a branch', async () => (await summary()).branches === 2 || null);
  await untilIdle();
  const kept = await blocks();
  assert.deepEqual(kept, before.slice(0, kept.length));
  assert.ok(kept.length < before.length);
  await showsAll();
  assert.throws(() => readFileSync(path.join(workbench.folder, 'demo/notes.md')), { code: 'ENOENT' });
});

test('what was cut off is a branch in panel and view, and can be gone back to with its files', async () => {
  await panel.locator('branch-card').first().waitFor();
  await workbench.page.locator('.monaco-list-row[aria-label^="Branch main,"]').waitFor();
  await workbench.screenshot('cut-branch');
  await panel.locator('branch-card #back').first().click();
  await panel.locator('branch-card #go[aria-disabled=false]').first().press('Enter');
  await until('the first branch', async () => (await (await workbench.host()).connection.sendRequest(sessionBranches, { session: uid })).current === 'main' || null);
  await untilIdle();
  await showsAll();
  assert.match(readFileSync(path.join(workbench.folder, 'demo/notes.md'), 'utf8'), /1\. Write notes about two lines/);
});

test('after a reload of the window the same agent goes on, and nothing is missing or twice', async () => {
  const [before, host] = [await summary(), await workbench.host()];
  const texts = await blocks();
  await workbench.command('Developer: Reload Window');
  await workbench.page.waitForEvent('load');
  await workbench.untilReady();
  panel = await workbench.panel('[data-block]');
  await workbench.untilTerminal(/typed in the terminal/);
  const now = await summary();
  assert.equal(now.pid, before.pid);
  assert.equal((await workbench.host()).host.pid, host.host.pid);
  assert.deepEqual(await blocks(), texts);
  await showsAll();
  await prompt('echo after the reload');
  await panel.locator('[data-kind="text"]').getByText('after the reload').waitFor();
  await untilIdle();
  await workbench.untilTerminal(/after the reload/);
});

for (const [name, theme] of [['dark', 'Dark Modern'], ['high-contrast', 'Dark High Contrast'], ['light', 'Light Modern']] as const) {
  test(`it can be looked at in ${name}`, async () => {
    await workbench.command('Preferences: Color Theme');
    await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Modern' }).first().waitFor();
    await workbench.page.locator('.quick-input-widget input.input').fill(theme);
    await workbench.pick(theme);
    const kind = { dark: 'vscode-dark', light: 'vscode-light', 'high-contrast': 'vscode-high-contrast' }[name];
    await panel.locator(`body.${kind}`).waitFor();
    await workbench.screenshot(`session-${name}`);
  });
}
