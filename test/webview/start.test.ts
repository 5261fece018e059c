import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHarness } from './harness.ts';
import type { Harness } from './harness.ts';
import { faultsOfLayout } from './overprint.ts';

let harness: Harness;
before(async () => { harness = await startHarness(); });
after(() => harness.close());

test('a session in which nothing has been said yet says what one can do, and gives way to the first step', async (t) => {
  const { page, problems } = await harness.open({ prepare: `peer.promptHint = 'Its commands work here.'; peer.emit([{ type: 'state', state: { is: 'idle' } }]);`, height: 640 });
  t.after(() => page.close());
  const start = page.locator('session-start');
  await start.getByRole('heading', { name: 'What shall Demo Agent do?' }).waitFor();
  assert.deepEqual(await start.locator('kbd').allInnerTexts(), ['Enter', 'Shift+Enter', 'Tab']);
  await start.getByText('Its commands work here.').waitFor();
  await start.getByRole('button', { name: 'Focus Terminal' }).click();
  await page.waitForFunction(() => window.peer.of('workbench/focusTerminal').length === 1);
  await page.screenshot({ path: 'test-results/start.png' });
  for (const [width, height] of [[400, 300], [200, 150], [900, 600]] as const) {
    await page.setViewportSize({ width, height });
    assert.deepEqual(await page.evaluate(faultsOfLayout), [], `${width} x ${height}`);
  }
  await page.evaluate(() => window.peer.emit([{ type: 'block', block: 'b1', lane: 'main', after: null, kind: 'prompt', text: 'Hello', source: 'typed' }]));
  await start.waitFor({ state: 'detached' });
  assert.deepEqual(problems, []);
});

test('a subagent that has done nothing yet is no place to begin', async (t) => {
  const { page } = await harness.open({ prepare: `peer.emit([{ type: 'lane_opened', lane: 'l1', parent_lane: 'main', parent_block: null, agent_type: 'reader', description: 'Read', background: false }]);` });
  t.after(() => page.close());
  await page.locator('panel-header #lanes').click();
  await page.locator('subagent-tree .row').click();
  await page.getByText('This subagent has not done anything yet.').waitFor();
  assert.equal(await page.locator('session-start').count(), 0);
});
