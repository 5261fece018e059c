import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { AgentState, EventBody } from '../../src/core/events.ts';
import { queueHeading, queueNews, queueRows } from '../../webview/model/queueRows.ts';
import { queueTools } from '../../webview/model/queueTools.ts';
import { gallery } from './gallery.ts';
import type { SavedEdit } from '../../webview/host.ts';
import { startHarness } from './harness.ts';
import type { Harness, OpenOptions } from './harness.ts';

const now = new Date(2026, 0, 2, 9);
const local = (day: number, hour: number): string => new Date(2026, 0, day, hour, 5).toISOString();

test('rows as plain data: one line of any text, and all of it in the tooltip', () => {
  const [first, second] = queueRows([
    { send: 'q1', text: `  one\r\n\ttwo   ${'x'.repeat(3_000)}`, from: 'panel', queuedTs: local(2, 8) },
    { send: 'q2', text: 'b', from: 'cli', expires: local(3, 14) },
  ], now);
  assert.deepEqual([first!.line.slice(0, 10), first!.line.length, first!.line.at(-1), first!.note], ['one two xx', 401, '…', '']);
  assert.match(first!.title, /^ {2}one\n\ttwo {3}x+…\n\nWaits since 8:05.AM\.$/);
  assert.match(second!.note, /^from a shell · until Jan 3, 2:05.PM$/);
  assert.match(second!.title, /^b\n\nDropped at Jan 3, 2:05.PM if it still waits then\.$/);
});

test('the line above the rows', () => {
  const heading = (count: number, how: { paused?: boolean; exited?: boolean } = {}): string => queueHeading(count, { paused: false, exited: false, ...how });
  assert.deepEqual([heading(0), heading(1), heading(2)], ['', '', '2 prompts wait']);
  assert.deepEqual([0, 1, 2].map((count) => heading(count, { paused: true })), ['Paused: no prompt is sent', 'Paused: 1 prompt waits', 'Paused: 2 prompts wait']);
  assert.deepEqual([0, 1].map((count) => heading(count, { exited: true })), ['', '1 prompt waits until the session is resumed']);
});

test('what one can do with a prompt, by its place and by what the agent does', () => {
  const tools = (index: number, count: number, state: AgentState = { is: 'busy' }): string => queueTools(index, count, state).map(({ control, isOff }) => (isOff ? `(${control})` : control)).join(' ');
  assert.deepEqual([tools(0, 1), tools(0, 3), tools(1, 3), tools(2, 3)], ['now edit remove', 'now edit (up) down remove', 'now edit up down remove', 'now edit up (down) remove']);
  assert.equal(tools(0, 1, { is: 'waiting', for: 'permission' }), '(now) edit remove');
  assert.equal(tools(0, 1, { is: 'exited' }), 'edit remove');
});

test('what a screen reader hears of the queue', () => {
  const [one, two] = [{ send: 'q1', text: 'a', from: 'panel' }, { send: 'q2', text: 'b', from: 'panel' }] as const;
  assert.deepEqual([queueNews([], [one]), queueNews([one], [one, two]), queueNews([one], [])], ['1 prompt waits', '2 prompts wait', 'No prompt waits']);
  assert.deepEqual([queueNews([one, two], [two, one]), queueNews([one], [{ ...one, text: 'c' }]), queueNews([one], [{ ...one }])], ['The prompts that wait have changed', 'The prompts that wait have changed', '']);
});

let harness: Harness;
before(async () => { harness = await startHarness(); });
after(() => harness.close());

const busy: EventBody = { type: 'state', state: { is: 'busy' } };
const queued = (send: string, text: string, more: object = {}): EventBody => ({ type: 'queued', send, text, from: 'panel', ...more }) as EventBody;
const three: EventBody[] = [...gallery, busy, queued('q1', 'first'), queued('q2', 'second\nwith a second line', { from: 'cli' }), queued('q3', 'third')];

async function opened(t: { after(fn: () => Promise<void>): void }, events: EventBody[] = three, options: OpenOptions = {}): Promise<Page> {
  const { page, problems } = await harness.open({ ...options, prepare: `peer.emit(${JSON.stringify(events)}); ${options.prepare ?? ''}` });
  await page.locator('panel-header').waitFor();
  t.after(async () => {
    await page.close();
    assert.deepEqual(problems, [], 'nothing was refused by the CSP and nothing threw');
  });
  return page;
}

/** What was asked of the queue, but for what begins and ends an edit; the name of an edit is left out. */
const changes = async (page: Page): Promise<unknown[]> => {
  const all = await page.evaluate(() => window.peer.of('session/changeQueue').map((params) => (params as { change: Record<string, unknown> }).change));
  return all.filter(({ is }) => is !== 'hold' && is !== 'release').map((change) => Object.fromEntries(Object.entries(change).filter(([name]) => name !== 'editor')));
};
/** What begins and ends an edit. */
const holds = (page: Page): Promise<string[]> => page.evaluate(() => window.peer.of('session/changeQueue').flatMap((params) => {
  const { is, send } = (params as { change: { is: string; send: string } }).change;
  return is === 'hold' || is === 'release' ? [`${is} ${send}`] : [];
}));
const lines = (page: Page): Promise<string[]> => page.locator('prompt-queue .row .line').allInnerTexts();
const row = (page: Page, send: string) => page.locator(`prompt-queue .row[data-send=${send}]`);
const untilLines = (page: Page, expected: string[]): Promise<unknown> => page.waitForFunction((wanted) => JSON.stringify([...document.querySelector('backstitch-panel')!.shadowRoot!.querySelector('prompt-queue')!.shadowRoot!.querySelectorAll('.line')].map((line) => line.textContent)) === wanted, JSON.stringify(expected));
/** The focused row and what in it, or the element that has the focus. */
const focused = (page: Page): Promise<string> => page.evaluate(() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  const { send } = at?.closest<HTMLElement>('.row')?.dataset ?? {};
  return send === undefined ? (at as HTMLElement).dataset['control'] ?? at?.localName ?? '' : `${send} ${(at as HTMLElement).dataset['control']}`;
});
const untilFocused = (page: Page, where: string): Promise<void> => assert.doesNotReject(async () => {
  for (let i = 0; i < 100 && (await focused(page)) !== where; i++) await page.evaluate(() => new Promise(requestAnimationFrame));
  assert.equal(await focused(page), where);
});
const untilSaid = (page: Page, words: string): Promise<void> => page.locator('prompt-queue [role=status]', { hasText: new RegExp(`^${words}$`) }).waitFor({ state: 'attached' });
const emit = (page: Page, events: EventBody[]): Promise<void> => page.evaluate((bodies) => window.peer.emit(bodies), events);

test('each prompt that waits is one row, with who queued it and until when', async (t) => {
  const page = await opened(t, [...three, queued('q4', 'fourth', { from: 'host', expires: '2026-01-01T12:30:00.000Z' })]);
  await row(page, 'q4').waitFor();
  assert.deepEqual(await lines(page), ['first', 'second with a second line', 'third', 'fourth']);
  assert.equal(await page.locator('prompt-queue .head span').first().innerText(), '4 prompts wait');
  assert.equal(await row(page, 'q2').locator('.note').innerText(), 'from a shell');
  assert.match(await row(page, 'q4').locator('.note').innerText(), /^automatic · until Jan 1, .*:30/);
  assert.match((await row(page, 'q2').getAttribute('title'))!, /^second\nwith a second line\n\nWaits since /);
  assert.equal(await row(page, 'q3').getAttribute('aria-label'), 'Prompt 3 of 4: third');
  assert.equal(await row(page, 'q1').locator('.note').count(), 0);
  assert.ok((await row(page, 'q1').boundingBox())!.height <= 26);
});

test('a prompt that is taken up at once shows no row; an exited agent keeps its queue', async (t) => {
  const page = await opened(t, gallery, { onPage: (fresh) => fresh.clock.install() });
  await emit(page, [queued('q1', 'first')]);
  await page.clock.runFor(100);
  assert.equal(await row(page, 'q1').count(), 0);
  await emit(page, [{ type: 'delivered', send: 'q1' }, queued('q2', 'second')]);
  await page.clock.runFor(1000);
  await row(page, 'q2').waitFor();
  await untilSaid(page, '1 prompt waits');
  await emit(page, [{ type: 'exited', code: 0 }]);
  await page.clock.runFor(100);
  await page.getByText('1 prompt waits until the session is resumed').waitFor();
  await page.getByText('Demo Agent has exited.').waitFor();
  assert.equal(await page.locator('prompt-composer textarea').getAttribute('placeholder'), 'Ask next… (Enter resumes the session and sends it)');
  assert.equal(await row(page, 'q2').locator('[data-control=now]').count(), 0);
});

test('by keyboard: rows by arrows, moved with Alt, and the focus stays on what was moved', async (t) => {
  const page = await opened(t);
  await page.locator('prompt-composer textarea').focus();
  await page.keyboard.press('Shift+Tab');
  assert.equal(await focused(page), 'q1 row');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  assert.equal(await focused(page), 'q3 row');
  await page.keyboard.press('Alt+ArrowUp');
  await page.keyboard.press('Alt+ArrowUp');
  await page.keyboard.press('Alt+ArrowUp');
  await untilLines(page, ['third', 'first', 'second with a second line']);
  await untilFocused(page, 'q3 row');
  await untilSaid(page, 'Now 1 of 3');
  await page.keyboard.press('Alt+ArrowDown');
  await untilLines(page, ['first', 'third', 'second with a second line']);
  await untilFocused(page, 'q3 row');
  assert.deepEqual(await changes(page), [{ is: 'move', send: 'q3', to: 1, behind: 'q1' }, { is: 'move', send: 'q3', to: 0, behind: null }, { is: 'move', send: 'q3', to: 1, behind: 'q1' }]);
  await page.keyboard.press('End');
  assert.equal(await focused(page), 'q2 row');
});

test('the tools of a row: one stop of Tab, left and right between them, and the place is kept when a row goes', async (t) => {
  const page = await opened(t);
  await row(page, 'q2').focus();
  await page.keyboard.press('Tab');
  assert.equal(await focused(page), 'q2 now');
  for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight');
  assert.equal(await focused(page), 'q2 remove');
  await page.keyboard.press('Enter');
  await untilLines(page, ['first', 'third']);
  await untilFocused(page, 'q3 remove');
  await untilSaid(page, '2 prompts wait');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  assert.equal(await focused(page), 'q3 down', 'there is nothing below it');
  await page.keyboard.press('Tab');
  assert.equal(await focused(page), 'textarea');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Delete');
  await untilLines(page, ['first']);
  await untilFocused(page, 'q1 row');
  await page.keyboard.press('Control+Enter');
  await page.locator('prompt-queue .box').waitFor({ state: 'detached' });
  await untilFocused(page, 'textarea');
  await untilSaid(page, 'No prompt waits');
  assert.deepEqual(await changes(page), [{ is: 'drop', sends: ['q2'], was: ['second\nwith a second line'] }, { is: 'drop', sends: ['q3'], was: ['third'] }, { is: 'now', send: 'q1', was: 'first' }]);
});

test('a prompt is edited in its row: Enter saves, Shift+Enter makes a line, Escape leaves it as it was', async (t) => {
  const page = await opened(t);
  await row(page, 'q2').focus();
  await page.keyboard.press('Enter');
  await untilFocused(page, 'q2 area');
  await page.keyboard.type(' or');
  await page.keyboard.press('Escape');
  await untilFocused(page, 'q2 row');
  await page.keyboard.press('F2');
  await untilFocused(page, 'q2 area');
  assert.equal(await row(page, 'q2').locator('textarea').inputValue(), 'second\nwith a second line');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('and a third');
  assert.deepEqual(await changes(page), []);
  await page.keyboard.press('Enter');
  await untilLines(page, ['first', 'second with a second line and a third', 'third']);
  await untilFocused(page, 'q2 row');
  assert.deepEqual(await changes(page), [{ is: 'edit', send: 'q2', text: 'second\nwith a second line\nand a third', was: 'second\nwith a second line' }]);
  await untilSaid(page, 'Saved');
  assert.deepEqual(await holds(page), ['hold q2', 'release q2', 'hold q2']);
});

test('an edit outlives a reload of the window; when its prompt is gone by then, what was typed comes back', async (t) => {
  const page = await opened(t);
  const saved = (): Promise<unknown> => page.evaluate(() => window.peer.saved);
  await row(page, 'q2').focus();
  await page.keyboard.press('Enter');
  await untilFocused(page, 'q2 area');
  await page.keyboard.type(' and');
  const { edit } = (await saved()) as { edit: SavedEdit };
  assert.deepEqual(edit, { send: 'q2', was: 'second\nwith a second line', text: 'second\nwith a second line and', editor: edit.editor });

  const again = await opened(t, three, { saved: await saved() });
  await row(again, 'q2').locator('textarea').waitFor();
  assert.equal(await row(again, 'q2').locator('textarea').inputValue(), edit.text);
  await row(again, 'q2').locator('textarea').press('End');
  await again.keyboard.type(' a third');
  await again.keyboard.press('Enter');
  await untilLines(again, ['first', 'second with a second line and a third', 'third']);
  assert.deepEqual(await changes(again), [{ is: 'edit', send: 'q2', text: `${edit.text} a third`, was: edit.was }]);
  assert.deepEqual(await holds(again), ['hold q2'], 'it is held again, under the same name');
  assert.deepEqual(await again.evaluate(() => window.peer.saved), { session: 'uid-1', edit: null });

  const late = await opened(t, [...gallery, busy, queued('q1', 'first')], { saved: { session: 'uid-1', draft: 'a draft', edit } });
  await late.locator('prompt-queue').getByRole('alert').waitFor();
  await late.waitForFunction(() => (window.peer.saved as { draft: string }).draft !== 'a draft');
  assert.equal(await late.locator('prompt-composer textarea').inputValue(), `${edit.text}\na draft`);
  assert.deepEqual(await late.evaluate(() => window.peer.saved), { session: 'uid-1', draft: `${edit.text}\na draft`, edit: null });
  assert.deepEqual(await lines(late), ['first']);
});

test('a prompt is not typed into a question', async (t) => {
  const page = await opened(t, [...three, { type: 'state', state: { is: 'waiting', for: 'dialog', dialog: 'trust', message: 'Trust?' } }]);
  await row(page, 'q1').hover();
  const send = row(page, 'q1').getByRole('button', { name: 'Send Now: not while the agent waits for an answer' });
  assert.equal(await send.getAttribute('aria-disabled'), 'true');
  await send.click({ force: true });
  await row(page, 'q1').press('Control+Enter');
  await row(page, 'q1').press('Delete');
  await untilLines(page, ['second with a second line', 'third']);
  assert.deepEqual(await changes(page), [{ is: 'drop', sends: ['q1'], was: ['first'] }]);
});

test('what a prompt holds is shown as text, and edited as it is', async (t) => {
  const page = await opened(t, [...gallery, busy, queued('q1', 'a \u001b[31mred\u001b[0m <img src=x onerror=alert(1)> \u202eone')]);
  await row(page, 'q1').waitFor();
  assert.deepEqual(await lines(page), ['a red <img src=x onerror=alert(1)> <U+202E>one']);
  await row(page, 'q1').press('Enter');
  assert.equal(await row(page, 'q1').locator('textarea').inputValue(), 'a \u001b[31mred\u001b[0m <img src=x onerror=alert(1)> \u202eone');
});

test('by mouse: the tools show on hover, in their row only', async (t) => {
  const page = await opened(t);
  assert.equal(await page.locator('prompt-queue .tools:visible').count(), 0);
  await row(page, 'q2').hover();
  assert.equal(await page.locator('prompt-queue .tools:visible').count(), 1);
  assert.equal(await row(page, 'q2').locator('.note').isVisible(), false);
  await row(page, 'q2').getByRole('button', { name: 'Move Up' }).click();
  await untilLines(page, ['second with a second line', 'first', 'third']);
  await row(page, 'q3').hover();
  await row(page, 'q3').getByRole('button', { name: 'Edit' }).click();
  await row(page, 'q3').locator('textarea').fill('the last');
  await row(page, 'q3').getByRole('button', { name: 'Save (Enter)' }).click();
  await untilLines(page, ['second with a second line', 'first', 'the last']);
});

test('Pause and Continue', async (t) => {
  const page = await opened(t);
  await page.getByPlaceholder('Ask next… (waits in the queue until the agent is idle)', { exact: true }).waitFor();
  await page.locator('prompt-composer .send[aria-label="Add to Queue"]').waitFor();
  await page.getByRole('button', { name: 'Pause: nothing is sent until you continue' }).click();
  await page.getByText('Paused: 3 prompts wait').first().waitFor();
  await untilFocused(page, 'hold');
  // The composer draws itself after the queue.
  await page.getByPlaceholder('Ask next… (waits in the queue, which is paused)', { exact: true }).waitFor();
  await emit(page, [{ type: 'queue_changed', dropped: ['q1', 'q2', 'q3'], from: 'cli' }]);
  await page.getByText('Paused: no prompt is sent').first().waitFor();
  await page.getByRole('button', { name: 'Continue: send what waits' }).click();
  await page.locator('prompt-queue .box').waitFor({ state: 'detached' });
  await untilFocused(page, 'textarea');
  await emit(page, [{ type: 'state', state: { is: 'idle' } }]);
  await page.locator('prompt-composer .send[aria-label=Send]').waitFor();
  assert.deepEqual(await changes(page), [{ is: 'pause' }, { is: 'continue' }]);
});

test('an edit that comes too late is said, and what was typed comes back', async (t) => {
  const page = await opened(t);
  await row(page, 'q1').focus();
  await page.keyboard.press('Enter');
  await row(page, 'q1').locator('textarea').fill('first, but better');
  await page.evaluate(() => { window.peer.failures = { 'session/changeQueue': 'No prompt “q1” waits in this session.' }; window.peer.failureCode = 'no-such-send'; });
  await page.keyboard.press('Enter');
  await page.locator('prompt-queue').getByRole('alert').waitFor();
  assert.match(await page.locator('prompt-queue').getByRole('alert').innerText(), /does not wait any more: it was sent or removed as it was\. Your text is in the field below\./);
  assert.equal(await page.locator('prompt-composer textarea').inputValue(), 'first, but better');
  await untilFocused(page, 'failure');
  await page.keyboard.press('Enter');
  assert.equal((await page.evaluate(() => window.peer.of('session/send'))).length, 0, 'what was typed is no new prompt');
  await row(page, 'q3').focus();
  await page.keyboard.press('Delete');
  await page.getByText('This prompt does not wait any more: it was sent or removed meanwhile.').waitFor();
  await page.evaluate(() => { window.peer.failures = {}; });
  await row(page, 'q3').focus();
  await page.keyboard.press('F2');
  await page.waitForFunction(() => window.peer.editing.has('q3'));
  await page.evaluate(() => { window.peer.failures = { 'session/changeQueue': 'The disk is full.' }; window.peer.failureCode = 'recording-stopped'; });
  await row(page, 'q3').locator('textarea').fill('kept');
  await page.keyboard.press('Enter');
  await page.getByText('Not done: The disk is full.').waitFor();
  assert.equal(await row(page, 'q3').locator('textarea').inputValue(), 'kept', 'one may try again');
});

test('a prompt that is sent while it is edited: what was typed comes back; what was not changed just goes', async (t) => {
  const page = await opened(t);
  await page.locator('prompt-composer textarea').fill('a draft');
  await row(page, 'q1').focus();
  await page.keyboard.press('Enter');
  await row(page, 'q1').locator('textarea').fill('first, but better');
  await emit(page, [{ type: 'delivered', send: 'q1' }]);
  await page.locator('prompt-queue').getByRole('alert').waitFor();
  assert.equal(await page.locator('prompt-composer textarea').inputValue(), 'first, but better\na draft');
  await untilFocused(page, 'failure');
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await row(page, 'q2').focus();
  await page.keyboard.press('Enter');
  await untilFocused(page, 'q2 area');
  await emit(page, [{ type: 'delivered', send: 'q2' }]);
  await untilFocused(page, 'list');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Delete');
  assert.deepEqual(await lines(page), ['third'], 'keys that were meant for it do nothing to another one');
  await page.keyboard.press('ArrowDown');
  await untilFocused(page, 'q3 row');
  assert.equal(await page.locator('prompt-queue').getByRole('alert').count(), 0);
});

test('who works elsewhere keeps the focus there', async (t) => {
  const page = await opened(t);
  await page.locator('prompt-composer textarea').focus();
  await emit(page, [{ type: 'queue_changed', order: ['q3', 'q2', 'q1'], from: 'cli' }]);
  await untilLines(page, ['third', 'second with a second line', 'first']);
  await untilSaid(page, 'The prompts that wait have changed');
  await emit(page, [{ type: 'delivered', send: 'q3' }, { type: 'queue_changed', dropped: ['q1', 'q2'], from: 'cli' }]);
  await page.locator('prompt-queue .box').waitFor({ state: 'detached' });
  assert.equal(await focused(page), 'textarea');
});

test('a prompt that waited too long is named until that is dismissed', async (t) => {
  const page = await opened(t, three, { onPage: (fresh) => fresh.clock.install() });
  await emit(page, [{ type: 'expired', send: 'q1', reason: 'too long' }]);
  await page.clock.runFor(60_000);
  assert.match(await page.locator('[data-is=notice]').innerText(), /A prompt waited longer than this session keeps prompts, and was dropped: first/);
});

for (const theme of ['dark', 'light', 'hc'] as const)
  test(`rows can be told apart from the page in the ${theme} theme, at any width`, async (t) => {
    const page = await opened(t, three, { theme, width: 320 });
    await row(page, 'q2').hover();
    const [box, view] = [(await page.locator('prompt-queue .box').boundingBox())!, page.viewportSize()!];
    assert.ok(box.x >= 0 && box.x + box.width <= view.width);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
    const { borderTopColor, borderTopWidth } = await page.locator('prompt-queue .box').evaluate((element) => { const { borderTopColor, borderTopWidth } = getComputedStyle(element); return { borderTopColor, borderTopWidth }; });
    assert.deepEqual({ borderTopColor, borderTopWidth }, { borderTopColor: { dark: 'rgb(49, 49, 49)', light: 'rgb(229, 229, 229)', hc: 'rgb(111, 195, 223)' }[theme], borderTopWidth: '1px' });
  });
