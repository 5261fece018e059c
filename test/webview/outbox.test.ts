import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { EventBody } from '../../src/core/events.ts';
import { gallery } from './gallery.ts';
import { startHarness } from './harness.ts';
import type { Harness, OpenOptions } from './harness.ts';

/** What is sent and interrupted in the panel: shown at once in its state, never lost, never twice, never something else. */
let harness: Harness;
before(async () => { harness = await startHarness(); });
after(() => harness.close());

const busy: EventBody[] = [{ type: 'state', state: { is: 'busy' } }, { type: 'turn_started', turnId: 'T1', lane: 'main' }];
const idle: EventBody[] = [{ type: 'task_complete', turnId: 'T1', lane: 'main', status: 'completed' }, { type: 'state', state: { is: 'idle' } }];

async function opened(t: { after(fn: () => Promise<void>): void }, events: EventBody[], options: OpenOptions = {}): Promise<Page> {
  const { page, problems } = await harness.open({ ...options, prepare: `peer.emit(${JSON.stringify(events)}); ${options.prepare ?? ''}` });
  await page.locator('panel-header').waitFor();
  t.after(async () => {
    await page.close();
    assert.deepEqual(problems, [], 'nothing was refused by the CSP and nothing threw');
  });
  return page;
}

const area = (page: Page) => page.locator('prompt-composer textarea');
const emit = (page: Page, events: EventBody[]): Promise<void> => page.evaluate((bodies) => window.peer.emit(bodies), events);
const outgoing = (page: Page): Promise<string[]> => page.locator('prompt-queue .outgoing').evaluateAll((rows) => rows.map((row) => `${(row as HTMLElement).dataset['is']} ${row.querySelector('.line')!.textContent}`));
const queued = (page: Page): Promise<string[]> => page.locator('prompt-queue .row:not(.outgoing) .line').allInnerTexts();
const until = (page: Page, read: (page: Page) => Promise<string[]>, expected: string[]): Promise<void> => assert.doesNotReject(async () => {
  for (let i = 0; i < 200 && JSON.stringify(await read(page)) !== JSON.stringify(expected); i++) await page.evaluate(() => new Promise(requestAnimationFrame));
  assert.deepEqual(await read(page), expected);
});
const sent = (page: Page): Promise<{ key: string; text: string; branch: string }[]> => page.evaluate(() => window.peer.of('session/send') as { key: string; text: string; branch: string }[]);
const interrupts = (page: Page): Promise<unknown[]> => page.evaluate(() => window.peer.of('session/interrupt').map((params) => (params as { shown: unknown }).shown));
const saved = (page: Page): Promise<unknown> => page.evaluate(() => window.peer.saved);

test('each Enter is a prompt of its own, shown at once; the field is empty and can be used', async (t) => {
  const page = await opened(t, [...gallery, ...busy], { prepare: `peer.held = ['session/send'];` });
  await area(page).focus();
  for (const text of ['one', 'two', 'three']) {
    await page.keyboard.type(text);
    await page.keyboard.press('Enter');
  }
  await until(page, outgoing, ['onItsWay one', 'onItsWay two', 'onItsWay three']);
  assert.equal(await area(page).inputValue(), '');
  await page.evaluate(() => { window.peer.held = []; window.peer.release(); });
  await until(page, queued, ['one', 'two', 'three']);
  await until(page, outgoing, []);
  const all = await sent(page);
  assert.deepEqual([all.map(({ text }) => text), new Set(all.map(({ key }) => key)).size], [['one', 'two', 'three'], 3]);
});

test('for an idle agent a prompt shows on its way, then delivered, until its step is there', async (t) => {
  const page = await opened(t, [...gallery, ...busy, ...idle], { prepare: `peer.held = ['session/send'];` });
  await area(page).fill('one');
  await area(page).press('Enter');
  await until(page, outgoing, ['onItsWay one']);
  await page.evaluate(() => { window.peer.held = []; window.peer.release(); });
  await until(page, outgoing, ['delivered one']);
  await emit(page, [{ type: 'state', state: { is: 'busy' } }, { type: 'block', block: 'b90', lane: 'main', after: null, kind: 'prompt', text: 'one', source: 'typed' }]);
  await until(page, outgoing, []);
  await page.locator('prompt-queue .box').waitFor({ state: 'detached' });
});

test('what was not answered is sent again under its key after a reload and after a broken connection', async (t) => {
  const page = await opened(t, [...gallery, ...busy], { prepare: `peer.held = ['session/send'];` });
  for (const text of ['one', 'two']) {
    await area(page).fill(text);
    await area(page).press('Enter');
  }
  await until(page, outgoing, ['onItsWay one', 'onItsWay two']);
  const state = (await saved(page)) as { outbox: { key: string; text: string; branch: string }[] };
  assert.deepEqual(state.outbox.map(({ text, branch }) => [text, branch]), [['one', 'main'], ['two', 'main']]);
  const keys = state.outbox.map(({ key }) => key);

  // The host has taken the first one, and its answer went lost.
  const taken: EventBody = { type: 'queued', send: 'q1', text: 'one', from: 'panel', key: keys[0]! };
  const again = await opened(t, [...gallery, ...busy, taken], { saved: state });
  await until(again, queued, ['one', 'two']);
  await until(again, outgoing, []);
  assert.deepEqual((await sent(again)).map(({ key }) => key), keys);
  assert.deepEqual(((await saved(again)) as { outbox: unknown }).outbox, []);

  await again.evaluate(() => { window.peer.failures = { 'session/send': 'Connection got disposed.' }; window.peer.failureCode = 'failed'; });
  await area(again).fill('three');
  await area(again).press('Enter');
  await again.waitForFunction(() => window.peer.of('session/send').length === 3);
  await until(again, outgoing, ['onItsWay three']);
  await again.evaluate(() => { window.peer.failures = {}; window.peer.connection(false); });
  await again.getByText('Reconnecting…').waitFor();
  await again.evaluate(() => window.peer.connection(true));
  await until(again, queued, ['one', 'two', 'three']);
  const third = (await sent(again)).slice(2);
  assert.deepEqual(new Set(third.map(({ key }) => key)).size, 1);
});

test('a refused prompt comes back into the empty field; beside other words it stays by itself, and nothing is glued to it', async (t) => {
  const page = await opened(t, [...gallery, ...busy], { prepare: `peer.held = ['session/send']; peer.failures = { 'session/send': 'The session is on branch “branch-2” now.' }; peer.failureCode = 'stale';` });
  await area(page).fill('one');
  await area(page).press('Enter');
  await page.keyboard.type('another thought');
  await page.evaluate(() => window.peer.release());
  await until(page, outgoing, ['refused one']);
  await page.locator('prompt-queue .outgoing').getByText('The session is on branch “branch-2” now.').waitFor();
  assert.equal(await area(page).inputValue(), 'another thought');
  await page.evaluate(() => { window.peer.failures = {}; window.peer.held = []; });
  await page.getByRole('button', { name: 'Send Again' }).click();
  await until(page, queued, ['one']);
  await page.evaluate(() => { window.peer.failures = { 'session/send': 'Full.' }; window.peer.failureCode = 'inbox-full'; });
  await area(page).press('Enter');
  await page.getByText('Not sent: Full.').waitFor();
  assert.equal(await area(page).inputValue(), 'another thought');
  await until(page, outgoing, []);
});

test('an interrupt carries what is drawn, shows at once that it is on its way, and says when that turn is over', async (t) => {
  const page = await opened(t, [...gallery, ...busy], { prepare: `peer.held = ['session/interrupt'];` });
  const button = page.locator('panel-header #interrupt');
  const seq = await page.evaluate(() => window.peer.conversation.lastSeq);
  await button.click();
  await page.locator('panel-header #interrupt[aria-label="Interrupting…"]').waitFor();
  assert.deepEqual(await interrupts(page), [{ branch: 'main', turn: 'T1', seq }]);
  await page.evaluate(() => { window.peer.failures = { 'session/interrupt': 'That turn is over.' }; window.peer.failureCode = 'turn-over'; window.peer.release(); });
  await page.locator('[data-is=notice]').getByText('That turn is over.').waitFor();
  await page.locator('panel-header #interrupt[aria-label="Interrupt"]').waitFor();
});

test('Escape in the field interrupts: at once where it is empty, the second time where a text stands in it, which stays', async (t) => {
  const page = await opened(t, [...gallery, ...busy]);
  await area(page).focus();
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => window.peer.of('session/interrupt').length === 1);
  await page.keyboard.type('half a thought');
  await page.keyboard.press('Escape');
  await page.getByText('Press Escape again to interrupt. What you have typed stays.').waitFor();
  await page.keyboard.press('Shift');
  await page.keyboard.press('Escape');
  assert.equal((await interrupts(page)).length, 1, 'another key in between takes it back');
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => window.peer.of('session/interrupt').length === 2);
  assert.equal(await area(page).inputValue(), 'half a thought');
  // The turn that the first Escape spoke of ends before the second one.
  await page.keyboard.press('Escape');
  await page.getByText('Press Escape again to interrupt.').waitFor();
  await emit(page, [...idle, { type: 'turn_started', turnId: 'T2', lane: 'main' }, { type: 'state', state: { is: 'busy' } }]);
  await page.getByText('Press Escape again to interrupt.').waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await page.getByText('Press Escape again to interrupt.').waitFor();
  assert.equal((await interrupts(page)).length, 2);
});

test('Escape interrupts nothing while an input method composes, a queued prompt is edited, it is held down, or the agent rests', async (t) => {
  const page = await opened(t, [...gallery, ...busy, { type: 'queued', send: 'q1', text: 'first', from: 'cli' }]);
  const press = (init: object): Promise<void> => area(page).evaluate((element, more) => void element.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, composed: true, ...more })), init);
  for (const how of [{ isComposing: true }, { keyCode: 229 }, { repeat: true }, { shiftKey: true }]) await press(how);
  await page.locator('prompt-queue .row[data-send=q1]').press('Enter');
  await page.locator('prompt-queue textarea').waitFor();
  await press({});
  await page.locator('prompt-queue textarea').press('Escape');
  await page.locator('prompt-queue textarea').waitFor({ state: 'detached' });
  await emit(page, idle);
  await page.locator('panel-header #interrupt').waitFor({ state: 'detached' });
  await press({});
  assert.deepEqual(await interrupts(page), []);
  assert.equal(await page.getByText('Press Escape again').count(), 0);
});

test('Edit on a prompt that was sent already: nothing stays open, one sentence says so, and no key becomes a prompt', async (t) => {
  const waiting: EventBody[] = [...gallery, ...busy, { type: 'queued', send: 'q1', text: 'first', from: 'cli' }];
  const page = await opened(t, waiting, { prepare: `peer.held = ['session/changeQueue'];` });
  await area(page).fill('a draft');
  await page.locator('prompt-queue .row[data-send=q1]').focus();
  await page.keyboard.press('Enter');
  await page.locator('prompt-queue textarea').waitFor();
  await emit(page, [{ type: 'delivered', send: 'q1' }]);
  await page.evaluate(() => window.peer.release());
  await page.locator('prompt-queue').getByText('This prompt does not wait any more: it was sent or removed meanwhile.').waitFor();
  await page.locator('prompt-queue textarea').waitFor({ state: 'detached' });
  await page.keyboard.type('and more');
  await page.keyboard.press('Enter');
  assert.deepEqual([await area(page).inputValue(), await sent(page)], ['a draft', []]);
});

test('a prompt that is edited in another place is shown so, and is not opened here', async (t) => {
  const page = await opened(t, [...gallery, ...busy, { type: 'queued', send: 'q1', text: 'first', from: 'cli' }], { prepare: `peer.editing.add('q1');` });
  await page.locator('prompt-queue .note', { hasText: 'being edited' }).waitFor();
  await page.evaluate(() => { window.peer.failures = { 'session/changeQueue': 'Prompt “q1” is being edited in another place.' }; window.peer.failureCode = 'being-edited'; });
  await page.locator('prompt-queue .row[data-send=q1]').press('Enter');
  await page.getByText('Not done: Prompt “q1” is being edited in another place.').waitFor();
  await page.locator('prompt-queue textarea').waitFor({ state: 'detached' });
});

for (const theme of ['dark', 'light', 'hc'] as const)
  test(`on its way, queued and refused can be told apart in the ${theme} theme`, async (t) => {
    const page = await opened(t, [...gallery, ...busy, { type: 'queued', send: 'q1', text: 'first', from: 'cli' }], { theme, width: 420, prepare: `peer.failures = { 'session/send': '64 prompts wait already.' }; peer.failureCode = 'inbox-full';` });
    await area(page).fill('Write the changelog entry');
    await area(page).press('Enter');
    await page.getByText('Not sent: 64 prompts wait already.').waitFor();
    await page.evaluate(() => { window.peer.held = ['session/send']; });
    await area(page).press('Enter');
    await page.keyboard.type('Then run all tests');
    await page.evaluate(() => window.peer.release());
    await until(page, outgoing, ['refused Write the changelog entry']);
    await page.evaluate(() => { window.peer.failures = {}; });
    await page.keyboard.press('Enter');
    await until(page, outgoing, ['refused Write the changelog entry', 'onItsWay Then run all tests']);
    await page.keyboard.type('a draft');
    await page.keyboard.press('Escape');
    await page.getByText('Press Escape again').waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
    await page.screenshot({ path: `test-results/outbox-${theme}.png` });
  });
