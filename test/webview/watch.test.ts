import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { AgentState, EventBody } from '../../src/core/events.ts';
import { defaultSettings } from '../../src/core/watching.ts';
import { watchMatter } from '../../webview/model/watchMatter.ts';
import type { Watched } from '../../webview/model/watchMatter.ts';
import { gallery } from './gallery.ts';
import { startHarness } from './harness.ts';
import type { Harness } from './harness.ts';

const minute = 60_000;
const noon = Date.UTC(2026, 5, 1, 12);
const at = (ms: number): string => new Date(noon + ms).toISOString();
const silentFor = (ms: number, more: object = {}): Watched['stall'] => ({ sinceTs: at(-ms), during: 'turn', tool: null, resumes: 0, escalated: null, ...more });
const seen = (more: Partial<Watched>) => watchMatter({ agent: 'Demo Agent', state: { is: 'busy' }, stall: null, settings: defaultSettings, ...more }, noon);

test('all is well: nothing is said', () => {
  assert.equal(seen({}), null);
  assert.equal(seen({ state: { is: 'idle' } }), null);
  assert.equal(seen({ state: { is: 'waiting', for: 'permission' } }), null);
  assert.equal(seen({ state: { is: 'exited' }, stall: silentFor(minute) }), null);
});

test('silence in whole minutes, with what the watch has done, and the same for a screen reader until something new happens', () => {
  assert.deepEqual(seen({ stall: silentFor(9 * minute + 20_000) }), { is: 'silent', text: 'No sign of life for 9 min', detail: '', said: 'No sign of life', canInterrupt: true, againMs: 40_000 });
  assert.equal(seen({ stall: silentFor(30_000) })?.text, 'No sign of life for less than a minute');
  assert.equal(seen({ stall: silentFor(-5_000) })?.text, 'No sign of life for less than a minute');
  assert.equal(seen({ stall: silentFor(125 * minute) })?.text, 'No sign of life for 2 h 5 min');
  const nudged = seen({ stall: silentFor(9 * minute, { resumes: 1 }), settings: { ...defaultSettings, max_resumes: 3 } });
  assert.deepEqual([nudged?.text, nudged?.said], ['No sign of life for 9 min, told to go on 1 of 3 times', 'No sign of life, told to go on 1 of 3 times']);
});

test('a tool that runs long is told as what it is', () => {
  assert.deepEqual(seen({ stall: silentFor(9 * minute, { during: 'tool', tool: 'Shell' }) }), { is: 'tool', text: 'Shell has been running for 9 min', detail: '', said: 'Shell has been running for long', canInterrupt: true, againMs: minute });
});

test('what the watch gives up is told in its own words, with times in the user’s', () => {
  const stalled = seen({ stall: silentFor(9 * minute, { resumes: 3, escalated: 'silent for 540 s after 3 nudges' }) });
  assert.deepEqual([stalled?.is, stalled?.text, stalled?.canInterrupt], ['escalated', 'Demo Agent needs you: silent for 540 s after 3 nudges', true]);
  const reset = `${at(60 * minute)}`;
  const limited = watchMatter({ agent: 'Demo Agent', state: { is: 'limited', until: reset }, stall: silentFor(0, { during: 'limit', escalated: `the agent is at its usage limit until ${reset}` }), settings: defaultSettings }, noon);
  assert.match(limited!.text, /^Demo Agent needs you: the agent is at its usage limit until /);
  assert.ok(!limited!.text.includes(reset));
  assert.equal(limited!.canInterrupt, false);
});

test('a limit, by when it resets and by what happens then', () => {
  const until = at(30 * minute);
  assert.equal(seen({ state: { is: 'limited' } })?.text, 'Demo Agent has reached its limit');
  const limited = seen({ state: { is: 'limited', until, message: 'Usage limit.' } });
  assert.match(limited!.text, /^Demo Agent has reached its limit, which resets at .*:30/);
  assert.deepEqual([limited?.detail, limited?.againMs, limited?.canInterrupt], ['Usage limit.', 30 * minute, false]);
  assert.match(seen({ state: { is: 'limited', until }, settings: { ...defaultSettings, limit_window_s: 3600 } })!.text, /; it then goes on by itself$/);
  assert.match(seen({ state: { is: 'limited', until: at(-minute) } })!.text, /^Demo Agent had reached its limit, which was to reset at /);
  assert.equal(seen({ state: { is: 'limited', until: 'soon' } })?.text, 'Demo Agent has reached its limit');
});

test('a dialog of the agent’s own, by its name', () => {
  const dialog = (kind: 'trust' | 'other'): AgentState => ({ is: 'waiting', for: 'dialog', dialog: kind, message: 'Do you trust\u001b[1m the files?' });
  assert.deepEqual(seen({ state: dialog('trust') }), { is: 'dialog', text: 'Demo Agent asks in its terminal whether it may trust this folder', detail: 'Do you trust the files?', said: 'Demo Agent asks in its terminal whether it may trust this folder: Do you trust the files?', canInterrupt: false, againMs: null });
  assert.equal(seen({ state: dialog('other') })?.text, 'Demo Agent waits at a dialog in its terminal');
});

let harness: Harness;
before(async () => { harness = await startHarness(); });
after(() => harness.close());

/** The panel at a time that stands still until it is told to go on. Rows of the peer have times of the same day. */
async function opened(t: { after(fn: () => Promise<void>): void }, events: EventBody[]): Promise<Page> {
  const { page, problems } = await harness.open({ prepare: `peer.emit(${JSON.stringify([...gallery, ...events])});`, onPage: (fresh) => fresh.clock.install({ time: Date.UTC(2026, 0, 1, 0, 2) }) });
  await page.locator('panel-header').waitFor();
  t.after(async () => {
    await page.close();
    assert.deepEqual(problems, []);
  });
  return page;
}
const emit = (page: Page, ...events: EventBody[]): Promise<void> => page.evaluate((bodies) => window.peer.emit(bodies), events).then(() => page.clock.runFor(100));
const busy: EventBody = { type: 'state', state: { is: 'busy' } };

test('a stall is told with what one can do, ticks by the minute, is heard once, and goes with the next sign of life', async (t) => {
  const page = await opened(t, [busy, { type: 'log_idle', idle_s: 480, during: 'turn' }]);
  const banner = page.locator('watch-banner');
  const spoken = banner.locator('[role=status]');
  // The page's clock goes on while it is being opened: nine minutes, or more on a busy machine.
  const shown = banner.getByText(/No sign of life for \d+ min/);
  await shown.waitFor();
  const minutes = Number(/\d+/.exec(await shown.innerText())?.[0]);
  assert.ok(minutes >= 9);
  assert.equal(await page.locator('panel-header .state').innerText(), 'No sign of life');
  assert.deepEqual([await spoken.innerText(), await page.locator('panel-header .state').getAttribute('aria-live')], ['No sign of life', 'off']);
  await spoken.evaluate((element) => { new MutationObserver(() => { element.dataset['heard'] = 'again'; }).observe(element, { childList: true, characterData: true, subtree: true }); });
  await page.clock.runFor(minute);
  await banner.getByText(new RegExp(`No sign of life for (${minutes + 1}|${minutes + 2}) min`)).waitFor();
  assert.equal(await spoken.getAttribute('data-heard'), null);
  await banner.getByRole('button', { name: 'Interrupt' }).click();
  await banner.getByRole('button', { name: 'Focus Terminal' }).click();
  await page.waitForFunction(() => window.peer.of('session/interrupt').length === 1 && window.peer.of('workbench/focusTerminal').length === 1);
  await emit(page, { type: 'escalated', reason: 'stall', resumes: 2, message: 'silent for 600 s after 2 nudges' });
  await banner.getByText('Demo Agent needs you: silent for 600 s after 2 nudges').last().waitFor();
  assert.equal(await spoken.getAttribute('data-heard'), 'again');
  await emit(page, { type: 'log_active', idle_s: 600 });
  await banner.locator('.card').waitFor({ state: 'detached' });
  assert.equal(await page.locator('panel-header .state').innerText(), 'Working');
});

test('a long tool is no alarm: the header stays as it is', async (t) => {
  const page = await opened(t, [busy, { type: 'log_idle', idle_s: 480, during: 'tool', tool: 'Shell' }]);
  await page.locator('watch-banner [data-is=tool]', { hasText: /Shell has been running for \d+ min/ }).waitFor();
  assert.equal(await page.locator('panel-header .state').innerText(), 'Working');
});

test('a dialog and a limit point to the terminal, once', async (t) => {
  const page = await opened(t, [{ type: 'state', state: { is: 'waiting', for: 'dialog', dialog: 'sign-in', message: 'Sign in to go on.' } }]);
  const banner = page.locator('watch-banner');
  await banner.locator('.card', { hasText: 'Demo Agent asks in its terminal to sign in' }).waitFor();
  assert.equal(await banner.locator('.detail').innerText(), 'Sign in to go on.');
  assert.equal(await page.locator('panel-header .state').innerText(), 'At a dialog');
  await page.clock.runFor(10_000);
  assert.equal(await page.locator('terminal-hint .card').count(), 0);
  assert.equal(await banner.getByRole('button', { name: 'Interrupt' }).count(), 0);
  await banner.getByRole('button', { name: 'Focus Terminal' }).click();
  await page.waitForFunction(() => window.peer.of('workbench/focusTerminal').length === 1);
  await emit(page, { type: 'state', state: { is: 'limited', until: '2026-01-01T00:12:00.000Z' } });
  await banner.locator('.card', { hasText: /has reached its limit, which resets at .*:12/ }).waitFor();
  assert.match(await page.locator('panel-header .state').innerText(), /^Limit reached until .*:12/);
  await page.clock.runFor(11 * minute);
  await banner.locator('.card', { hasText: /had reached its limit/ }).waitFor();
  await emit(page, { type: 'state', state: { is: 'idle' } });
  await banner.locator('.card').waitFor({ state: 'detached' });
});
