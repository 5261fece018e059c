import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Frame, Page } from 'playwright-core';
import { openWorkbench, untilTrue, type Workbench } from '../support/workbench.ts';
import { showView, WorkbenchSession } from '../support/workbenchSession.ts';

/** A rewind of an agent that goes on working while its user reads what would go. */
let workbench: Workbench;
let session: WorkbenchSession;

before(async () => {
  workbench = await openWorkbench({ env: { BACKSTITCH_DEMO_SPEED: '1' } });
  session = await WorkbenchSession.start(workbench);
  await showView(workbench);
  await workbench.command('Backstitch: Open Conversation');
});
afterEach((each) => workbench.screenshotOfFailure(each));
after(() => workbench.dispose());

/** What header, tree and status bar say from now on, each text once and in order. */
async function statesSaid(): Promise<() => Promise<{ header: string[]; tree: string[]; statusBar: string[] }>> {
  const watch = (page: Page | Frame, selector: string, within?: string) => page.evaluateHandle(([wanted, host]) => {
    const said: string[] = [];
    const root = host === undefined ? document : document.querySelector('backstitch-panel')!.shadowRoot!.querySelector(host)!.shadowRoot!;
    const look = (): void => {
      const text = root.querySelector(wanted!)?.textContent?.trim() ?? '';
      if (text !== '' && said.at(-1) !== text) said.push(text);
    };
    look();
    new MutationObserver(look).observe(root, { subtree: true, childList: true, characterData: true });
    return said;
  }, [selector, within]);
  const [header, tree, statusBar] = await Promise.all([
    watch(session.panel, '.state', 'panel-header'), watch(workbench.page, '.pane-body .monaco-list-row[aria-label^="Session "] .label-description'), watch(workbench.page, '[id="backstitch.backstitch.status"]'),
  ]);
  const wordsOf = async (said: typeof tree): Promise<string[]> => [...new Set((await said.jsonValue()).map((text) => text.split(' · ')[0]!))];
  return async () => ({ header: await wordsOf(header), tree: await wordsOf(tree), statusBar: await wordsOf(statusBar) });
}

test('more lands while the confirm is open: it follows, Interrupt and Rewind does it, and what is kept ends at the seam', async () => {
  const { panel } = session;
  await session.prompt('echo first');
  await panel.locator('[data-block=b2]').waitFor();
  await session.untilIdle();
  const kept = await session.blocks();
  assert.deepEqual(kept.map(({ block, kind }) => `${block} ${kind}`), ['b1 prompt', 'b2 text']);
  await session.prompt('long');
  await panel.locator('[data-block=b4]').waitFor();
  await panel.locator('rewind-seam[data-seam=s2] button.handle').focus();
  await workbench.page.keyboard.press('Enter');
  const confirm = panel.locator('rewind-confirm');
  await confirm.getByRole('button', { name: 'Interrupt and Rewind' }).waitFor();
  const title = await confirm.locator('h2').innerText();
  const seen = (await session.blocks()).length;
  await untilTrue('more steps', async () => (await session.blocks()).length >= seen + 3);
  await untilTrue('a title that counts them', async () => (await confirm.locator('h2').innerText()) !== title);
  await workbench.screenshot('rewind-at-work');
  const said = await statesSaid();
  await confirm.locator('#go[aria-disabled=false]').click();
  await untilTrue('the rewind', async () => (await session.summary()).branch === 'branch-2');
  await session.untilIdle();
  assert.deepEqual(await session.blocks(), kept);
  await session.showsAll();
  assert.equal(await confirm.count(), 0);
  const { header, tree, statusBar } = await said();
  assert.ok(header.includes('Starting the agent with its memory up to here…') && !header.includes('Starting'), header.join(', '));
  assert.ok(tree.includes('rewinding') && !tree.includes('starting'), tree.join(', '));
  assert.deepEqual(statusBar, ['1 working', '1 idle']);
  await session.prompt('echo afterwards');
  await panel.locator('[data-kind=text]').getByText('afterwards').waitFor();
  assert.equal(await panel.locator('.dimmed').count(), 0);
});
