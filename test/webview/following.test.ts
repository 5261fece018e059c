/** The panel follows at its own pace: batch by batch, each taken once it is painted. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import type { EventBody } from '../../src/core/events.ts';
import type { ConversationFeed } from '../../webview/conversation-feed.ts';
import { startHarness } from './harness.ts';
import type { Harness } from './harness.ts';

let harness: Harness;
before(async () => { harness = await startHarness(); });
after(() => harness.close());

/** Frames that are asked for wait while `window.isHidden`. */
const heldFrames = `const frame = window.requestAnimationFrame.bind(window); const held = []; window.isHidden = false;
window.requestAnimationFrame = (call) => (window.isHidden ? (held.push(call), 0) : frame(call));
window.showAgain = () => { window.isHidden = false; for (const call of held.splice(0)) frame(call); };`;

const texts = (from: number, to: number): EventBody[] => Array.from({ length: to - from + 1 }, (_, at) => from + at).map((n) =>
  ({ type: 'block', block: `b${n}`, lane: 'main', after: n === 1 ? null : `b${n - 1}`, turn: 't1', kind: 'text', text: `Answer ${n}` }));

async function opened(t: TestContext, prepare = ''): Promise<Page> {
  const { page, problems } = await harness.open({ prepare: `${heldFrames} peer.emit(${JSON.stringify(texts(1, 100))}); ${prepare}` });
  t.after(async () => { await page.close(); assert.deepEqual(problems, []); });
  await page.locator('[data-block=b100]').waitFor();
  return page;
}
const count = (page: Page, method: string): Promise<number> => page.evaluate((name) => window.peer.of(name).length, method);
const hide = (page: Page): Promise<void> => page.evaluate(() => { Object.assign(window, { isHidden: true }); });
const show = (page: Page): Promise<void> => page.evaluate(() => { (window as unknown as { showAgain(): void }).showAgain(); });
const emit = (page: Page, from: number, to: number): Promise<void> => page.evaluate((events) => { for (const event of events) window.peer.emit([event]); }, texts(from, to));
/** All is taken, and no frame is asked for. */
async function rest(page: Page): Promise<void> {
  await page.waitForFunction(() => window.peer.isTaken);
  for (let frames = 0; frames < 2; frames++) await page.evaluate(() => new Promise(requestAnimationFrame));
}

test('a panel that paints nothing takes nothing more; shown again it has all of it, in few batches', async (t) => {
  const page = await opened(t);
  await rest(page);
  await hide(page);
  const [taken, sent] = [await count(page, 'session/taken'), await page.evaluate(() => window.peer.batches)];
  await emit(page, 101, 400);
  await page.evaluate(() => { for (let n = 1; n <= 300; n++) window.peer.stream('l1', 'word '.repeat(n)); });
  assert.deepEqual([await count(page, 'session/taken') - taken, await page.evaluate(() => window.peer.batches) - sent], [0, 1]);
  await show(page);
  await page.locator('[data-block=b400]').waitFor();
  await page.waitForFunction((whole) => {
    const feed = document.querySelector('backstitch-panel')!.shadowRoot!.querySelector<ConversationFeed>('conversation-feed')!;
    return feed.live[0]?.text === whole;
  }, 'word '.repeat(300));
  await rest(page);
  assert.ok(await page.evaluate(() => window.peer.batches) - sent <= 3);
  assert.equal(await count(page, 'session/open'), 1);
});

test('a panel that was away for very long opens the session again, and stays where one was reading', async (t) => {
  const page = await opened(t);
  await page.locator('.scroll').evaluate((scroller) => { scroller.scrollTop = 0; });
  await page.locator('[data-block=b1]').waitFor();
  await page.locator('.scroll').evaluate((scroller) => { scroller.scrollTop = 600; });
  const place = (): Promise<string | undefined> => page.locator('.scroll').evaluate((scroller) => {
    const edge = scroller.getBoundingClientRect().top;
    const item = [...scroller.querySelectorAll<HTMLElement>('[data-block]')].find((one) => one.getBoundingClientRect().bottom > edge)!;
    return `${item.dataset['block']} ${Math.round(item.getBoundingClientRect().top - edge)}`;
  });
  await rest(page);
  const before = await place();
  await hide(page);
  await emit(page, 101, 2_400);
  await show(page);
  await page.getByRole('button', { name: 'Jump to Latest' }).waitFor();
  await page.waitForFunction(() => window.peer.of('session/open').length === 2);
  await rest(page);
  assert.equal(await place(), before);
  await page.getByRole('button', { name: 'Jump to Latest' }).click();
  await page.locator('[data-block=b2400]').waitFor();
});

test('a text on its way of which the beginning is missing is asked for whole', async (t) => {
  const page = await opened(t);
  await page.evaluate(() => window.peer.stream('l1', 'one '));
  await page.locator('live-tail .item').waitFor();
  // The block lands and takes the text with it; the host sends on what it knows to have been sent.
  await page.evaluate((events) => { window.peer.emit(events); window.peer.stream('l1', 'one two'); }, texts(101, 101));
  await page.locator('live-tail .item', { hasText: 'one two' }).waitFor();
  assert.deepEqual(await page.evaluate(() => window.peer.of('session/taken').filter((params) => 'missed' in (params as object)).length), 1);
});

test('a host that knows of no batches is followed as it tells', async (t) => {
  const page = await opened(t, 'peer.paced = false;');
  await emit(page, 101, 120);
  await page.evaluate(() => { window.peer.stream('l1', 'on'); window.peer.stream('l1', 'on its way'); });
  await page.locator('[data-block=b120]').waitFor();
  await page.locator('live-tail .item', { hasText: 'on its way' }).waitFor();
  assert.equal(await count(page, 'session/taken'), 0);
});
