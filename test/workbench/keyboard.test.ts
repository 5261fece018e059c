import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { sessionBranches } from '../../src/protocol/protocol.ts';
import { openWorkbench, until, untilTrue, type Workbench } from '../support/workbench.ts';
import { WorkbenchSession } from '../support/workbenchSession.ts';

/** The main job with the keyboard alone: no click, and no focus that a person could not have given by a key. */
let workbench: Workbench;
let session: WorkbenchSession;

before(async () => {
  workbench = await openWorkbench();
});
after(() => workbench.dispose());
afterEach((each) => workbench.screenshotOfFailure(each));

const press = (key: string): Promise<void> => workbench.page.keyboard.press(key);
const type = (text: string): Promise<void> => workbench.page.keyboard.type(text);
const current = async (): Promise<string> => (await (await workbench.host()).connection.sendRequest(sessionBranches, { session: session.uid })).current;

/** What has the focus inside the panel, as a screen reader would name it. */
const focused = (): Promise<string> => session.panel.evaluate(() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  const host = (at?.getRootNode() as ShadowRoot | undefined)?.host;
  return at?.getAttribute('aria-label') ?? host?.getAttribute('aria-label') ?? (host?.localName.startsWith('vscode-') ? host.textContent : at?.textContent)?.trim() ?? '';
});

/** A palette that loses the focus to the panel, where the command before it arrives late, is opened again. */
async function palette(command: string): Promise<void> {
  const row = workbench.page.locator(`.quick-input-list .monaco-list-row.focused[aria-label^="${command}"]`);
  await untilTrue(`the command ${command}`, async () => {
    await press('F1');
    const isOpen = await workbench.page.locator('.quick-input-widget input.input:focus').waitFor({ timeout: 2_500 }).then(() => true, () => false);
    if (isOpen) await type(command);
    return isOpen && row.waitFor({ timeout: 2_500 }).then(() => true, () => false);
  });
  await press('Enter');
}

/** Goes on with a key until what has the focus is named so. */
async function reach(key: string, name: RegExp): Promise<void> {
  const passed: string[] = [];
  for (let steps = 0; steps < 60; steps++) {
    const now = await focused();
    if (name.test(now)) return;
    passed.push(now);
    await press(key);
  }
  throw new Error(`${name} was not reached by ${key}; on the way were:\n${passed.join('\n')}`);
}

test('a new session leaves the focus where a prompt is typed', async () => {
  await palette('Backstitch: New Session');
  await workbench.page.locator('.quick-input-list .monaco-list-row.focused', { hasText: 'Demo agent' }).waitFor();
  await press('Enter');
  const panel = await workbench.panel('prompt-composer');
  session = await WorkbenchSession.adopt(workbench, panel);
  await untilTrue('the focus in the composer', () => panel.locator('prompt-composer textarea').evaluate((field) => field.matches(':focus')));
  await type('write notes');
  await press('Shift+Enter');
  await type('in two lines');
  await press('Enter');
  await until('an answer', async () => (await session.blocks()).filter(({ kind }) => kind === 'text').length >= 4 || null);
  await session.untilIdle();
  await session.showsAll();
  const [first] = await session.blocks();
  assert.equal(first?.kind === 'prompt' && first.text, 'write notes\nin two lines');
});

test('a seam is gone to, opened, tabbed through and used', async () => {
  const before = await session.blocks();
  assert.ok(existsSync(path.join(workbench.folder, 'demo/notes.md')));
  await reach('Shift+Tab', /^Rewind to here\b.*3 tool calls/);
  await press('Enter');
  await session.panel.locator('rewind-confirm [role=dialog] #go[aria-disabled=false]').waitFor();
  await workbench.screenshot('keyboard-confirm');
  await reach('Tab', /^Rewind$/);
  await press('Enter');
  await untilTrue('another branch', async () => await current() !== 'main');
  await session.untilIdle();
  await session.showsAll();
  const kept = await session.blocks();
  assert.deepEqual(kept, before.slice(0, kept.length));
  assert.ok(!existsSync(path.join(workbench.folder, 'demo/notes.md')));
});

test('the focus is still in the panel, and the branch that was cut off is gone back to', async () => {
  await reach('Shift+Tab', /Go back to/i);
  await press('Enter');
  await session.panel.locator('branch-card [role=dialog] #go[aria-disabled=false]').waitFor();
  await reach('Tab', /^Go Back$/);
  await press('Enter');
  await untilTrue('the first branch', async () => await current() === 'main');
  await session.untilIdle();
  await session.showsAll();
  assert.ok(existsSync(path.join(workbench.folder, 'demo/notes.md')));
});

test('seams are stepped through by command, and Escape closes a confirm', async () => {
  assert.equal(await focused(), 'Prompt');
  // A seam is named by how exact it is, once the host has told of it on this branch.
  await untilTrue('all seams to be told', async () => await session.panel.locator('rewind-seam .line[data-is=unknown]').count() === 0);
  await palette('Backstitch: Go to Previous Seam');
  const last = await until('a seam', async () => /^.*(Rewind|seam).*$/i.exec(await focused())?.[0]);
  await palette('Backstitch: Go to Previous Seam');
  // While the palette closes nothing in the panel has the focus.
  await until('the seam before it', async () => {
    const now = await focused();
    return /^Rewind to here/.test(now) && now !== last ? now : null;
  });
  await palette('Backstitch: Go to Next Seam');
  await untilTrue('the first seam again', async () => await focused() === last);
  await press('Enter');
  await session.panel.locator('rewind-confirm [role=dialog]').waitFor();
  await press('Escape');
  await session.panel.locator('rewind-confirm').waitFor({ state: 'detached' });
  assert.equal(await focused(), last);
});
