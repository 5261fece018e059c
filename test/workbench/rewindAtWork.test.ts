import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { openWorkbench, untilTrue, type Workbench } from '../support/workbench.ts';
import { WorkbenchSession } from '../support/workbenchSession.ts';

/** A rewind of an agent that goes on working while its user reads what would go. */
let workbench: Workbench;
let session: WorkbenchSession;

before(async () => {
  workbench = await openWorkbench({ env: { BACKSTITCH_DEMO_SPEED: '1' } });
  session = await WorkbenchSession.start(workbench);
});
afterEach((each) => workbench.screenshotOfFailure(each));
after(() => workbench.dispose());

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
  await confirm.locator('#go').click();
  await untilTrue('the rewind', async () => (await session.summary()).branch === 'branch-2');
  await session.untilIdle();
  assert.deepEqual(await session.blocks(), kept);
  await session.showsAll();
  assert.equal(await confirm.count(), 0);
  await session.prompt('echo afterwards');
  await panel.locator('[data-kind=text]').getByText('afterwards').waitFor();
  assert.equal(await panel.locator('.dimmed').count(), 0);
});
