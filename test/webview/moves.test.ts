import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { EventBody } from '../../src/core/events.ts';
import { gallery } from './gallery.ts';
import { startHarness } from './harness.ts';
import type { Harness, OpenOptions } from './harness.ts';

/** The confirm of a rewind and of a way back: at once, in place, and never more than what was seen. */
let harness: Harness;
before(async () => { harness = await startHarness(); });
after(() => harness.close());

async function opened(t: { after(fn: () => Promise<void>): void }, events: EventBody[], options: OpenOptions = {}): Promise<Page> {
  const { page, problems } = await harness.open({ height: 1900, ...options, prepare: `peer.emit(${JSON.stringify(events)}); ${options.prepare ?? ''}` });
  await page.locator('panel-header').waitFor();
  t.after(async () => {
    await page.close();
    assert.deepEqual(problems, [], 'nothing was refused by the CSP and nothing threw');
  });
  return page;
}

const asked = (page: Page, method: string): Promise<unknown[]> => page.evaluate((name) => window.peer.of(name), method);
const emit = (page: Page, ...bodies: EventBody[]): Promise<void> => page.evaluate((next) => window.peer.emit(next), bodies);
const release = (page: Page): Promise<void> => page.evaluate(() => { window.peer.held = []; window.peer.release(); });
const seam = (page: Page, name: string) => page.locator(`rewind-seam[data-seam=${name}]`);
const text = (n: number): EventBody => ({ type: 'block', block: `b${n}`, lane: 'main', after: `b${n - 1}`, kind: 'text', text: 'more' });
const cut: EventBody = { type: 'rewound', rewind: 'r', branch: 'branch-2', parent_branch: 'main', seam: 's6', native: { session: 'x', path: '' }, fidelity: 'exact', files: { is: 'kept' }, tip_checkpoint: null };
/** The focused element inside the confirm. */
const focusedName = (page: Page): Promise<string> => page.evaluate(() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at?.getAttribute('aria-label') ?? at?.textContent?.trim() ?? '';
});
const exact = (page: Page, name: string): Promise<void> => seam(page, name).locator('.line[data-is=exact]').waitFor({ state: 'attached' });

test('the confirm is there at once with all that is known; it can be gone on with before the files have come, and nothing is overwritten unseen', async (t) => {
  const page = await opened(t, gallery, { prepare: `peer.held = ['session/preview']; peer.preview = { files: [{ path: 'notes.txt', is: 'modified', conflict: true }] };` });
  await exact(page, 's6');
  await seam(page, 's6').locator('button.handle').click();
  const confirm = page.getByRole('dialog');
  await confirm.getByText('The agent’s own memory is cut exactly here.').waitFor();
  assert.equal(await confirm.locator('h2').innerText(), 'Rewind to here: 1 paragraph, 3 tool calls and 1 compaction go');
  assert.match(await confirm.innerText(), /Restore files\s+Looking at the files…/);
  assert.equal(await confirm.locator('#go').getAttribute('aria-disabled'), 'false');
  await confirm.locator('#go').click();
  await page.locator('branch-card').waitFor();
  assert.deepEqual(await asked(page, 'session/rewind'), [{ session: 'uid-1', seam: 's6', files: true, expect: { branch: 'main', tip: 'b15' } }]);
});

test('until it is known how exact the seam is, Rewind has its place and the focus, and does nothing', async (t) => {
  const page = await opened(t, gallery, { prepare: `peer.held = ['session/seams', 'session/preview'];` });
  await seam(page, 's6').locator('button.handle').click();
  const confirm = page.getByRole('dialog');
  await confirm.getByText('Asking how exact this seam is…').waitFor();
  assert.equal(await confirm.locator('h2').innerText(), 'Rewind to here: 1 paragraph, 3 tool calls and 1 compaction go');
  const go = confirm.locator('#go');
  assert.equal(await go.getAttribute('aria-disabled'), 'true');
  await page.keyboard.press('Enter');
  await release(page);
  await confirm.getByText('The agent’s own memory is cut exactly here.').waitFor();
  assert.deepEqual(await asked(page, 'session/rewind'), []);
  await page.keyboard.press('Enter');
  await page.locator('branch-card').waitFor();
});

test('a way back can be confirmed once it is known how exactly the agent remembers that branch, without its files', async (t) => {
  const page = await opened(t, [...gallery, cut], { prepare: `peer.switchPreview = { reason: 'A step is left out.' };` });
  await page.evaluate(() => { window.peer.held = ['session/previewSwitch']; });
  await page.locator('branch-card #back').click();
  const confirm = page.locator('switch-confirm');
  await confirm.locator('#go[aria-disabled=true]').waitFor();
  // Only the first that was asked waits for the files.
  await page.evaluate(() => { window.peer.releaseLast(); });
  await confirm.getByText('A step is left out.').waitFor();
  await confirm.getByText('Looking at the files…').waitFor();
  await confirm.locator('#go[aria-disabled=false]').click();
  await page.locator('[data-block=b15]').waitFor();
  assert.deepEqual(await asked(page, 'session/switch'), [{ session: 'uid-1', branch: 'main', files: true, expect: { branch: 'branch-2', tip: 'b6' } }]);
});

test('what lands while one looks changes the words in place: choices, focus and the scrolled list stay', async (t) => {
  const files = Array.from({ length: 30 }, (_, n) => ({ path: `src/file-${String(n).padStart(2, '0')}.ts`, is: 'modified', conflict: n === 20 }));
  const page = await opened(t, [...gallery, { type: 'state', state: { is: 'busy' } }], { prepare: `peer.preview = { files: ${JSON.stringify(files)} };`, onPage: (fresh) => fresh.clock.install() });
  await page.clock.pauseAt(await page.evaluate(() => Date.now()) + 1000);
  const run = (ms: number) => page.clock.runFor(ms);
  await page.evaluate(() => window.peer.command('confirmSeam', 's8'));
  await run(300);
  const confirm = page.getByRole('dialog');
  const list = confirm.locator('ul.files');
  await confirm.locator('#files').click();
  await confirm.locator('#files').click();
  await confirm.getByRole('checkbox', { name: 'Overwrite src/file-20.ts' }).click();
  await confirm.getByRole('button', { name: 'Compare src/file-21.ts: now and after the rewind' }).focus();
  await list.evaluate((element) => { element.scrollTop = 400; });
  const top = (await confirm.boundingBox())?.y;
  for (let n = 16; n < 20; n++) {
    await emit(page, text(n));
    await run(400);
  }
  await page.evaluate((next) => { window.peer.preview = { files: next.toSpliced(3, 1) as never }; }, files);
  await emit(page, text(20));
  await run(2500);
  await confirm.getByText('Restore files (29 files)').waitFor();
  assert.match(await confirm.locator('h2').innerText(), /^Rewind to here: 6 paragraphs/);
  assert.equal(await focusedName(page), 'Compare src/file-21.ts: now and after the rewind');
  assert.ok((await list.evaluate((element) => element.scrollTop)) > 300);
  assert.equal((await confirm.boundingBox())?.y, top, 'the confirm has not moved');
  await confirm.getByRole('button', { name: 'Interrupt and Rewind' }).click();
  await run(500);
  assert.deepEqual(await asked(page, 'session/rewind'), [{ session: 'uid-1', seam: 's8', files: true, overwrite: ['src/file-20.ts'], interrupt: true, expect: { branch: 'main', tip: 'b20' } }]);
});

test('a file that has the focus and would not change any more gives it to Rewind', async (t) => {
  const page = await opened(t, gallery, { prepare: `peer.preview = { files: [{ path: 'a.ts', is: 'modified', conflict: false }, { path: 'b.ts', is: 'modified', conflict: false }] };` });
  await seam(page, 's6').locator('button.handle').click();
  const confirm = page.getByRole('dialog');
  await confirm.getByRole('button', { name: 'Compare a.ts: now and after the rewind' }).focus();
  await page.evaluate(() => { window.peer.preview = { files: [] }; });
  await emit(page, { type: 'turn_started', turnId: 't9', lane: 'main' } as EventBody);
  await confirm.getByText('No file differs from this point.').waitFor();
  await page.waitForFunction(() => document.querySelector('backstitch-panel')!.shadowRoot!.querySelector('conversation-feed')!.shadowRoot!.querySelector('rewind-seam[open]')!.shadowRoot!.querySelector('rewind-confirm')!.shadowRoot!.activeElement?.id === 'go');
});

test('Enter on a file opens its diff and leaves the confirm and the focus where they are', async (t) => {
  const page = await opened(t, gallery, { prepare: `peer.preview = { files: [{ path: 'new/été.txt', is: 'deleted', conflict: false }] };` });
  await seam(page, 's6').locator('button.handle').click();
  const link = page.getByRole('button', { name: 'Compare new/été.txt: now and after the rewind' });
  await link.focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => window.peer.of('workbench/openMoveDiff').length === 1);
  assert.deepEqual(await asked(page, 'workbench/openMoveDiff'), [{ how: 'rewind', checkpoint: 'c1', path: 'new/été.txt', conflict: false }]);
  assert.equal(await page.getByRole('dialog').count(), 1);
  assert.equal(await focusedName(page), 'Compare new/été.txt: now and after the rewind');
});

/** Rewinds to s6 with what is planned, and waits for the way back. */
async function rewound(page: Page): Promise<void> {
  await exact(page, 's6');
  await seam(page, 's6').locator('button.handle').click();
  await page.locator('rewind-confirm #go[aria-disabled=false]').click();
  await page.locator('undo-notice #undo').waitFor();
}

test('after a rewind the card of what was cut off is wholly in view, with nothing over it', async (t) => {
  const page = await opened(t, gallery, { height: 420, width: 420 });
  await rewound(page);
  await page.locator('branch-card').waitFor();
  await page.waitForFunction(() => {
    const feed = document.querySelector('backstitch-panel')!.shadowRoot!.querySelector('conversation-feed')!.shadowRoot!;
    const view = feed.querySelector('.scroll')!.getBoundingClientRect();
    const { top, bottom } = feed.querySelector('branch-card')!.getBoundingClientRect();
    return top >= view.top && bottom <= view.bottom && feed.querySelector('.latest') === null;
  });
});

test('a rewind is undone from its notice, which stays until then and over a reload; the undo itself can be undone', async (t) => {
  const page = await opened(t, gallery);
  await rewound(page);
  const notice = page.locator('undo-notice');
  assert.match(await notice.locator('.bar').innerText(), /^Rewound, files restored: 1\. What was cut off is kept as a branch\.\s+Undo/);
  await notice.getByRole('button', { name: 'Undo: go back to main, with its files' }).click();
  await page.locator('[data-block=b15]').waitFor();
  await notice.getByText('Undone. Now on main.').waitFor();
  assert.deepEqual(await asked(page, 'session/switch'), [{ session: 'uid-1', branch: 'main', files: true, expect: { branch: 'branch-2', tip: 'b6' } }]);
  await notice.getByRole('button', { name: 'Undo: go back to branch-2, with its files' }).waitFor();
  await emit(page, { type: 'block', block: 'b16', lane: 'main', after: 'b15', kind: 'prompt', text: 'on we go', source: 'typed' });
  await notice.waitFor({ state: 'detached' });
});

test('a panel that opens later offers the undo too, in general words; dismissed it does not come back', async (t) => {
  const page = await opened(t, [...gallery, cut]);
  const notice = page.locator('undo-notice');
  await notice.getByText('Rewound from main. What was cut off is kept as a branch.').waitFor();
  await notice.getByRole('button', { name: 'Dismiss' }).click();
  await notice.waitFor({ state: 'detached' });
  const saved = await page.evaluate(() => window.peer.saved);
  const again = await opened(t, [...gallery, cut], { saved });
  await again.locator('branch-card').waitFor();
  assert.equal(await again.locator('undo-notice').count(), 0);
});

test('an undo that would leave files of others, or end something, is asked', async (t) => {
  const page = await opened(t, gallery);
  await rewound(page);
  await page.evaluate(() => { window.peer.switchPreview = { files: [{ path: 'notes.txt', is: 'modified', conflict: true }] }; });
  await page.locator('undo-notice #undo').click();
  const confirm = page.locator('undo-notice').getByRole('dialog', { name: 'Go back to main? What is shown here is kept as a branch.' });
  await confirm.getByRole('checkbox', { name: 'Overwrite notes.txt' }).click();
  assert.deepEqual(await asked(page, 'session/switch'), []);
  await confirm.locator('#go').click();
  await page.locator('[data-block=b15]').waitFor();
  assert.deepEqual(await asked(page, 'session/switch'), [{ session: 'uid-1', branch: 'main', files: true, overwrite: ['notes.txt'], expect: { branch: 'branch-2', tip: 'b6' } }]);
});

test('an undo that failed says so and can be tried again', async (t) => {
  const page = await opened(t, [...gallery, cut], { prepare: `peer.failures = { 'session/switch': 'The agent was not ready.' };` });
  await page.locator('undo-notice #undo').click();
  await page.locator('undo-notice').getByRole('alert').getByText('Not undone: The agent was not ready.').waitFor();
  await page.evaluate(() => { window.peer.failures = {}; });
  await page.locator('undo-notice #undo').click();
  await page.locator('[data-block=b15]').waitFor();
});

test('a rewind under way says in steps how far it is, in the confirm and in the header; a panel that opens meanwhile says it too', async (t) => {
  const page = await opened(t, gallery, { prepare: `peer.held = ['session/rewind'];` });
  await exact(page, 's6');
  await seam(page, 's6').locator('button.handle').click();
  await page.locator('rewind-confirm #go[aria-disabled=false]').click();
  const working = page.locator('rewind-confirm .working');
  const header = page.locator('panel-header .state');
  for (const [step, said] of [[{ is: 'interrupting' }, 'Interrupting the agent…'], [{ is: 'restoring', files: 12 }, 'Restoring 12 files…'], [{ is: 'starting' }, 'Starting the agent with its memory up to here…']] as const) {
    await page.evaluate((next) => window.peer.moves('rewind', next), step);
    await working.getByText(said).waitFor();
    await header.getByText(said).waitFor();
  }
  const later = await opened(t, gallery, { prepare: `peer.moving = { how: 'switch', step: { is: 'ending' } };` });
  await later.locator('panel-header .state').getByText('Ending the agent’s run…').waitFor();
});

test('the focus is where it was when the panel gets it back from another editor, or from the palette', async (t) => {
  const { page, problems } = await harness.open({ prepare: `peer.emit(${JSON.stringify(gallery)});` });
  const window = await harness.browser.newPage({ viewport: { width: 800, height: 900 } });
  t.after(() => Promise.all([page.close(), window.close()]));
  await window.route('**/window', (route) => route.fulfill({
    contentType: 'text/html', body: `<input><iframe src="${page.url()}" style="width:600px;height:800px"></iframe>`,
  }));
  await window.goto(`${harness.origin}/window`);
  const frame = window.frames().find((each) => each.url() === page.url());
  assert.ok(frame);
  const at = (): Promise<string> => frame.evaluate(() => {
    let element = document.activeElement;
    let seam = '';
    while (element?.shadowRoot?.activeElement) {
      element = element.shadowRoot.activeElement;
      seam = (element as HTMLElement).dataset['seam'] ?? seam;
    }
    return seam || (element?.localName ?? '');
  });
  const awayAndBack = async (): Promise<void> => {
    await window.locator('input').click();
    assert.equal(await at(), 'body');
    await window.evaluate(() => document.querySelector('iframe')?.contentWindow?.focus());
  };
  await frame.locator('prompt-composer textarea').click();
  await awayAndBack();
  assert.equal(await at(), 'textarea');
  for (const seam of ['s8', 's7', 's6']) {
    await frame.evaluate(() => globalThis.window.peer.command('previousSeam'));
    await frame.locator(`rewind-seam[data-seam=${seam}]:focus-within`).waitFor();
    await awayAndBack();
    assert.equal(await at(), seam);
  }
  assert.deepEqual(problems, []);
});

for (const theme of ['dark', 'light', 'hc'] as const)
  test(`seams are faintly visible without being pointed at (${theme})`, async (t) => {
    const page = await opened(t, gallery, { theme });
    await exact(page, 's6');
    const faint = await seam(page, 's6').locator('.line').evaluate((line) => {
      const { borderTopWidth, borderTopStyle, borderTopColor, visibility } = getComputedStyle(line, '::after');
      return { borderTopWidth, borderTopStyle, visibility, isClear: /, 0\)$|\/ 0\)$|transparent/.test(borderTopColor) };
    });
    assert.deepEqual(faint, { borderTopWidth: '2px', borderTopStyle: 'solid', visibility: 'visible', isClear: false });
  });
