import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, test } from 'node:test';
import { sessionList } from '../../src/protocol/protocol.ts';
import { dialOtherHost, startOtherHost } from '../support/otherHost.ts';
import { Product } from '../support/product.ts';
import { openWorkbench, untilTrue, type Workbench } from '../support/workbench.ts';

let workbench: Workbench | null = null;
afterEach(async (each) => {
  await workbench?.screenshotOfFailure(each as { passed?: boolean; name: string });
  await workbench?.dispose();
});

test('what another version keeps is one row of the view, which says what can be done; once it has ended, its sessions are rows as all others', async (t) => {
  const product = new Product();
  t.after(() => product.dispose());
  const other = await startOtherHost(t, product.env);
  await (await product.start(await dialOtherHost(product.env), { id: 'theirs' })).idle();
  workbench = await openWorkbench({ env: { BACKSTITCH_STATE_DIR: product.env['BACKSTITCH_STATE_DIR'] ?? '' }, folder: product.folder() });
  const { page } = workbench;
  const view = page.locator('.activitybar [aria-label*="Backstitch"]').first();
  await view.click();
  const row = page.locator(`.monaco-list-row[aria-label^="1 session in a newer Backstitch, process ${other.pid}"]`);
  await row.waitFor();
  const theirs = page.locator('.monaco-list-row[aria-label^="Session theirs, Demo agent"]');
  assert.equal(await theirs.count(), 0);
  await row.hover();
  const hover = page.locator('.monaco-hover', { hasText: 'Only that version can show and drive them.' });
  await hover.waitFor();
  assert.match((await hover.innerText()).replace(/\s+/g, ' '), new RegExp(`theirs · demo · ${product.folder()} .*“kill ${other.pid}” ends it at once`));

  // It is not looked for while nobody looks: the view is left, and come back to.
  const ended = once(other, 'exit');
  other.kill('SIGTERM');
  await ended;
  await page.locator('.activitybar [aria-label^="Explorer"]').first().click();
  await view.click();
  await theirs.waitFor();
  await untilTrue('the row to go', async () => (await row.count()) === 0);
  assert.deepEqual((await (await workbench.host()).connection.sendRequest(sessionList, { all: true })).map(({ id, ended: how }) => [id, how]), [['theirs', 'interrupted']]);
});
