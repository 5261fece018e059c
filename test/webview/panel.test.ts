import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { AgentState, EventBody } from '../../src/core/events.ts';
import { answer, gallery } from './gallery.ts';
import { startHarness } from './harness.ts';
import type { Harness, OpenOptions } from './harness.ts';

let harness: Harness;
before(async () => { harness = await startHarness(); });
after(() => harness.close());

const emits = (events: EventBody[]): string => `peer.emit(${JSON.stringify(events)});`;

async function opened(t: { after(fn: () => Promise<void>): void }, events: EventBody[] = gallery, options: OpenOptions = {}): Promise<Page> {
  const { page, problems } = await harness.open({ ...options, prepare: `${emits(events)} ${options.prepare ?? ''}` });
  await page.locator('panel-header').waitFor();
  t.after(async () => {
    await page.close();
    assert.deepEqual(problems, [], 'nothing was refused by the CSP and nothing threw');
  });
  return page;
}

const asked = (page: Page, method: string): Promise<unknown[]> => page.evaluate((name) => window.peer.of(name), method);
const feedItem = (page: Page, block: string) => page.locator(`[data-block="${block}"]`);
const dimmed = (page: Page): Promise<string[]> => page.locator('.item.dimmed[data-block]').evaluateAll((items) => items.map((item) => (item as HTMLElement).dataset['block']!));
/** The focused element, through all shadow roots, as its tag, id, name and the seam it stands in. */
const focused = (page: Page): Promise<string> => page.evaluate(() => {
  let element = document.activeElement;
  let seam = '';
  let id = '';
  while (element?.shadowRoot?.activeElement) {
    id = element.id;
    if (element.localName === 'rewind-seam') seam = (element as HTMLElement).dataset['seam'] ?? '';
    element = element.shadowRoot.activeElement;
  }
  return `${seam}:${element?.id || id || element?.localName}`;
});
const untilFocused = (page: Page, where: string): Promise<void> => assert.doesNotReject(async () => {
  for (let frames = 0; frames < 200 && (await focused(page)) !== where; frames++) await page.evaluate(() => new Promise(requestAnimationFrame));
  assert.equal(await focused(page), where);
});
const prompt = (n: number, after: number | null): EventBody => ({ type: 'block', block: `b${n}`, lane: 'main', after: after === null ? null : `b${after}`, kind: 'prompt', text: `Prompt ${n}`, source: 'typed' });
const cutAt = (seam: string): EventBody => ({ type: 'rewound', rewind: 'r', branch: 'branch-2', parent_branch: 'main', seam, native: { session: 'x', path: '' }, fidelity: 'exact', files: { is: 'kept' }, tip_checkpoint: null });
const many = (count: number): EventBody[] => Array.from({ length: count }, (_, i) => (i % 4 === 0 ? prompt(i + 1, i === 0 ? null : i) : { type: 'block', block: `b${i + 1}`, lane: 'main', after: `b${i}`, kind: 'text', text: `Answer ${i + 1}, of **some** words that fill a line or two of the panel so that it has a height.` }));

test('every kind of block is drawn as what it is', async (t) => {
  const page = await opened(t);
  assert.match(await feedItem(page, 'b1').innerText(), /CSV import loses the last row/);
  assert.equal(await feedItem(page, 'b2').locator('.thought').isVisible(), false, 'thoughts are collapsed');
  await feedItem(page, 'b2').locator('summary').click();
  assert.match(await feedItem(page, 'b2').innerText(), /Look at readRow first/);
  assert.equal(await feedItem(page, 'b6').locator('strong').innerText(), 'last line');
  assert.equal(await feedItem(page, 'b6').locator('pre code').innerText(), "export function rowsOf(chunk: string): string[] {\n  return chunk.split('\\n');\n}\n");
  assert.deepEqual(await feedItem(page, 'b7').locator('.diff .removed').allInnerTexts(), ['  const lines = chunk.split("\\n");', '  lines.pop();']);
  assert.deepEqual(await feedItem(page, 'b7').locator('.diff .added').allInnerTexts(), ['  const lines = (rest + chunk).split("\\n");', '  rest = lines.pop() ?? "";']);
  const output = await feedItem(page, 'b8').locator('pre.output').innerText();
  assert.match(output, /1 failed, 29 passed$/, 'control sequences are gone');
  assert.match(await feedItem(page, 'b8').locator('.head').innerText(), /failed · exit 1/);
  assert.match(await feedItem(page, 'b9').locator('.head').innerText(), /Memory compacted\s+automatic\s+168k → 24.5k tokens\s+144k reclaimed \(85 %\)\s+41 s/);
  await feedItem(page, 'b9').locator('summary').click();
  assert.equal(await feedItem(page, 'b9').locator('markdown-text h2').innerText(), 'What was done');
  assert.match(await feedItem(page, 'b10').locator('.head').innerText(), /running/);
  assert.match(await feedItem(page, 'b13').innerText(), /Not understood A message of an unknown kind/);
  assert.match(await page.locator('.footer').innerText(), /interrupted · demo-large · 18.2k in \(12k cached\) · 1.3k out · 1 min 23 s/);
  assert.deepEqual(await page.locator('panel-header .clip, panel-header .state, panel-header .facts > span').allInnerTexts(), ['docs', 'Demo Agent', 'Interrupted', 'Branch\nmain', 'demo-large', '19.5k tokens']);
});

test('a blank line of a diff is a row as high as any other', async (t) => {
  const page = await opened(t, [prompt(1, null), { type: 'block', block: 'b2', lane: 'main', after: 'b1', kind: 'tool', tool: 'Edit', tool_kind: 'edit', call: 'c', title: 'Edit a.ts', input: {}, result: { status: 'completed', text: 'ok', edits: [{ path: 'a.ts', before: null, after: 'one\n\nthree\n' }] } }]);
  const heights = await feedItem(page, 'b2').locator('.diff .added').evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().height));
  assert.equal(heights.length, 3);
  assert.ok(heights.every((height) => height > 10 && height === heights[0]), heights.join(', '));
});

test('diff, file and link are opened by the workbench, and by nothing else', async (t) => {
  const page = await opened(t);
  await feedItem(page, 'b7').getByRole('button', { name: 'Open the diff of src/csv.ts' }).click();
  await feedItem(page, 'b7').getByRole('button', { name: 'Open src/csv.ts', exact: true }).click();
  await feedItem(page, 'b6').locator('a').click();
  await page.waitForFunction(() => window.peer.of('workbench/openLink').length === 1);
  assert.deepEqual(await asked(page, 'workbench/openDiff'), [{ block: 'b7', path: 'src/csv.ts' }]);
  assert.deepEqual(await asked(page, 'workbench/openFile'), [{ path: 'src/csv.ts' }]);
  assert.deepEqual(await asked(page, 'workbench/openLink'), [{ href: 'https://example.com/guide' }]);
});

test('“Show All” fetches the whole result', async (t) => {
  const page = await opened(t, gallery, { prepare: `peer.wholeResults = { b8: 'first line\\n' + 'x\\n'.repeat(100) + 'end' };` });
  await feedItem(page, 'b8').locator('#all').click();
  await feedItem(page, 'b8').locator('pre.output', { hasText: 'first line' }).waitFor();
  assert.deepEqual(await asked(page, 'session/block'), [{ session: 'uid-1', block: 'b8' }]);
});

test('text streams at the tail, finished Markdown blocks are left alone, and gives way to its block', async (t) => {
  const page = await opened(t, [prompt(1, null)]);
  await page.evaluate(() => window.peer.stream('l1', 'First paragraph.\n\nSecond **bo'));
  const tail = page.locator('live-tail markdown-text');
  await tail.getByText('Second').waitFor();
  await tail.locator('p', { hasText: 'First' }).evaluate((p) => { p.dataset['kept'] = 'yes'; });
  await page.evaluate(() => window.peer.stream('l1', 'First paragraph.\n\nSecond **bold** word'));
  await tail.locator('strong', { hasText: 'bold' }).waitFor();
  assert.equal(await tail.locator('p[data-kept=yes]').count(), 1);
  await page.evaluate(() => window.peer.emit([{ type: 'block', block: 'b2', lane: 'main', after: 'b1', kind: 'text', text: 'First paragraph.\n\nSecond **bold** word' }]));
  await feedItem(page, 'b2').waitFor();
  assert.equal(await tail.count(), 0);
});

test('Tab reaches every seam in order, from the header to the composer', async (t) => {
  const page = await opened(t, gallery, { height: 1900 });
  await page.locator('panel-header #terminal').focus();
  const stops: string[] = [];
  for (let i = 0; i < 80 && stops.at(-1) !== ':textarea'; i++) {
    await page.keyboard.press('Tab');
    stops.push(await focused(page));
  }
  assert.deepEqual(stops.filter((stop) => /^s\d/.test(stop)).map((stop) => stop.split(':')[0]), ['s1', 's3', 's5', 's6', 's7', 's8']);
  assert.equal(stops.at(-1), ':textarea');
});

test('a seam by keyboard: focus dims what would go, Enter opens, Escape closes and gives the focus back', async (t) => {
  const page = await opened(t, gallery, { height: 1900 });
  await page.locator('rewind-seam[data-seam=s7] button.handle').focus();
  assert.deepEqual(await dimmed(page), ['b8', 'b9', 'b10', 'b13', 'b14', 'b15']);
  await page.keyboard.press('Enter');
  const confirm = page.getByRole('dialog');
  await confirm.getByText('Rewind to here: 1 paragraph, 2 tool calls and 1 compaction go').waitFor();
  await page.waitForFunction(() => document.activeElement !== null);
  await confirm.getByRole('button', { name: 'Rewind' }).waitFor();
  assert.deepEqual(await dimmed(page), ['b8', 'b9', 'b10', 'b13', 'b14', 'b15']);
  await page.keyboard.press('Escape');
  await confirm.waitFor({ state: 'detached' });
  assert.equal(await focused(page), 's7:button');
  await page.keyboard.press('Shift+Tab');
  await page.locator('prompt-composer textarea').focus();
  assert.deepEqual(await dimmed(page), []);
});

test('a rewind asks for exactly what was chosen, shows the cut branch, and the way back', async (t) => {
  const page = await opened(t, gallery, { height: 1900, prepare: `peer.preview = { fidelity: 'approximate', reason: 'a new history is seeded with text.', files: [{ path: 'README.md', is: 'modified', conflict: false }, { path: 'notes.txt', is: 'modified', conflict: true }] };` });
  await page.locator('rewind-seam[data-seam=s6] button.handle').focus();
  await page.keyboard.press('Enter');
  const confirm = page.getByRole('dialog');
  await confirm.getByText('Approximate: a new history is seeded with text.').waitFor();
  await confirm.getByRole('button', { name: 'Compare notes.txt: now and after the rewind' }).click();
  await confirm.getByRole('checkbox', { name: 'Overwrite notes.txt' }).click();
  await confirm.locator('#go').click();
  await page.locator('branch-card').waitFor();
  assert.deepEqual(await asked(page, 'workbench/openMoveDiff'), [{ how: 'rewind', checkpoint: 'c1', path: 'notes.txt', conflict: true }]);
  assert.deepEqual(await asked(page, 'session/rewind'), [{ session: 'uid-1', seam: 's6', files: true, overwrite: ['notes.txt'], expect: { branch: 'main', tip: 'b15' } }]);
  assert.equal(await confirm.count(), 0);
  assert.equal(await feedItem(page, 'b7').count(), 0, 'what was cut off is gone from the feed');
  assert.match(await page.locator('[data-is=notice]').innerText(), /Rewound, files restored: 1\./);
  await untilFocused(page, ':textarea');
  await page.evaluate((next) => window.peer.emit(next), [{ ...prompt(16, 6) }]);
  await page.locator('rewind-seam[data-seam=s6]').waitFor({ state: 'attached' });
  assert.equal(await confirm.count(), 0, 'the confirm does not open by itself');
  assert.match(await page.locator('branch-card .name').innerText(), /7 steps cut off · main/);
  await page.locator('branch-card #show').click();
  await page.locator('branch-card li', { hasText: 'npm test' }).waitFor();
  assert.equal(await page.locator('branch-card li').count(), 7);
  await page.locator('branch-card #back').click();
  await page.locator('branch-card vscode-checkbox').click();
  await page.locator('branch-card #go').click();
  await feedItem(page, 'b7').waitFor();
  assert.deepEqual(await asked(page, 'session/switch'), [{ session: 'uid-1', branch: 'main', files: false, expect: { branch: 'branch-2', tip: 'b16' } }]);
});

test('what a rewind leaves alone is named at the seam, in the confirm and when it is done', async (t) => {
  const untouched = [
    { path: 'big.bin', because: 'not-covered', why: 'larger than 10 MB' }, { path: 'more.bin', because: 'not-covered', why: 'larger than 10 MB' },
    { path: 'a\u001b[2J\u202eb', because: 'not-captured-then', why: 'ignored by git' }, { path: 'user.txt', because: 'changed-by-others', why: 'changed by others since' },
    { path: '.', because: 'not-covered', why: 'and 3 more paths that are not covered' },
  ];
  const page = await opened(t, gallery, { height: 1900, prepare: `
    peer.preview = { files: [], untouched: ${JSON.stringify(untouched)}, unnamed: 2 };
    peer.told = { s6: { uncovered: [{ path: 'big.bin', why: 'larger than 10 MB' }] } };
    peer.rewindFiles = { is: 'restored', restored: [], untouched: ${JSON.stringify(untouched)}, unnamed: 2 };` });
  const handle = page.locator('rewind-seam[data-seam=s6] button.handle');
  await handle.focus();
  await page.locator('rewind-seam[data-seam=s6] .grip[title*="Files not covered: big.bin (larger than 10 MB)"]').waitFor({ state: 'attached' });
  assert.match(await handle.getAttribute('aria-label') ?? '', /Files not covered: big\.bin \(larger than 10 MB\)$/);
  await page.keyboard.press('Enter');
  const confirm = page.getByRole('dialog');
  await confirm.getByText('No captured file differs from this point.').waitFor();
  assert.deepEqual(await confirm.locator('.untouched p, .untouched li').allInnerTexts(), [
    'Left as it is, whatever you choose:', 'Not covered (larger than 10 MB): big.bin, more.bin', 'Not captured then (ignored by git): a<U+001B>[2J<U+202E>b', 'Changed by others: user.txt',
    'and 3 more paths that are not covered', '2 more paths',
  ]);
  await confirm.locator('#go').click();
  await page.locator('branch-card').waitFor();
  assert.match(await page.locator('[data-is=notice]').innerText(),
    /Rewound\. .*Left as it was, because it was not covered or only others changed it: big\.bin, more\.bin, a<U\+001B>\[2J<U\+202E>b, user\.txt and 2 more\./);
});

test('a busy agent: the confirm says what ends, and the button interrupts; a failure stays beside it', async (t) => {
  const page = await opened(t, [...gallery, { type: 'state', state: { is: 'busy' } }], { height: 1900, prepare: `peer.preview = { ends: ['the turn that is running'] }; peer.failures = { 'session/rewind': 'The rewind failed while reading back.' };` });
  await page.locator('rewind-seam[data-seam=s8] button.handle').focus();
  await page.keyboard.press('Enter');
  const confirm = page.getByRole('dialog');
  await confirm.getByText('the turn that is running').waitFor();
  await confirm.getByRole('button', { name: 'Interrupt and Rewind' }).waitFor();
  assert.equal(await focused(page), 's8:go');
  await page.keyboard.press('Enter');
  await confirm.getByRole('alert').waitFor();
  assert.equal(await confirm.getByRole('alert').innerText(), 'The rewind failed while reading back.');
  assert.deepEqual(await asked(page, 'session/rewind'), [{ session: 'uid-1', seam: 's8', files: false, interrupt: true, expect: { branch: 'main', tip: 'b15' } }]);
});

test('what comes after a rewind, or after a way back, is not dimmed, though its events came before its answer', async (t) => {
  const page = await opened(t, gallery, { height: 1900 });
  const lands = async (n: number, after: number): Promise<void> => {
    await page.evaluate((next) => { window.peer.emit([next]); window.peer.stream('l1', 'on its way'); }, prompt(n, after));
    await feedItem(page, `b${n}`).waitFor();
    await page.locator('live-tail .item').waitFor();
    assert.deepEqual([await dimmed(page), await page.locator('live-tail.dimmed').count()], [[], 0]);
  };
  await page.locator('rewind-seam[data-seam=s6] button.handle').click();
  await page.locator('rewind-confirm #go').click();
  await page.locator('branch-card').waitFor();
  await lands(16, 6);
  await page.evaluate((next) => window.peer.emit([next]), prompt(17, 16));
  await page.locator('rewind-seam[data-seam=s16] button.handle').click();
  await page.locator('rewind-confirm #go').waitFor();
  assert.deepEqual(await dimmed(page), ['b17']);
  await page.locator('branch-card #back').click();
  await page.locator('branch-card #go').click();
  await feedItem(page, 'b15').waitFor();
  await lands(18, 15);
});

test('a rewind under way is said once, in the header; the focus waits without a frame, and the composer keeps its place', async (t) => {
  const page = await opened(t, gallery, { height: 1900, prepare: `peer.held = ['session/rewind'];` });
  await page.locator('rewind-seam[data-seam=s6] button.handle').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Rewind' }).waitFor();
  await untilFocused(page, 's6:go');
  const height = (): Promise<number> => page.locator('prompt-composer').evaluate((composer) => composer.getBoundingClientRect().height);
  const before = await height();
  await page.keyboard.press('Enter');
  const working = page.locator('rewind-confirm .working');
  await working.waitFor();
  const started: EventBody = { type: 'rewind_started', rewind: 'r', how: 'rewind', from_branch: 'main', to_branch: 'branch-2', tip: 'b15', seam: 's6', old_native: { session: 'n1', path: '/n1' }, new_native: { session: 'n2', path: '/n2' }, checkpoint: null, to_checkpoint: null, files: false };
  await page.evaluate((next) => window.peer.emit([next]), started);
  const header = page.locator('panel-header .state');
  await header.getByText('Rewinding…').waitFor();
  assert.equal(await header.locator('busy-spinner').count(), 1);
  assert.deepEqual([await working.innerText(), await working.getAttribute('aria-label')], ['', 'Rewinding…']);
  assert.equal(await working.evaluate((element) => getComputedStyle(element).outlineStyle), 'none');
  // What is typed meanwhile stays a draft: keys are not lost, and nothing is sent.
  await page.locator('prompt-composer textarea').press('x');
  await page.keyboard.press('Enter');
  assert.deepEqual([await page.locator('prompt-composer textarea').inputValue(), await asked(page, 'session/send')], ['x', []]);
  assert.deepEqual([await height(), await page.locator('prompt-composer p.muted').count()], [before, 0]);
  await page.evaluate(() => window.peer.emit([{ type: 'rewind_failed', rewind: 'r', step: 'ending the agent', message: 'no', branch: 'main' }]));
  await header.getByText('Interrupted').waitFor();
  await page.locator('prompt-composer textarea').press('Enter');
  await page.waitForFunction(() => window.peer.of('session/send').length === 1);
});

test('after a cut that leaves less than a page there is nothing to jump to', async (t) => {
  const page = await opened(t, [prompt(1, null), { type: 'block', block: 'b2', lane: 'main', after: 'b1', kind: 'text', text: 'x\n\n'.repeat(60) }], { height: 420 });
  await feedItem(page, 'b2').waitFor();
  await page.locator('conversation-feed .scroll').evaluate((element) => { element.scrollTop = 0; });
  await page.getByRole('button', { name: 'Jump to Latest' }).waitFor();
  await page.evaluate((next) => window.peer.emit([next]), cutAt('s1'));
  await page.locator('branch-card').waitFor();
  await page.getByRole('button', { name: 'Jump to Latest' }).waitFor({ state: 'detached' });
});

/** The page's time stands still from now on; what it answers with lets it go on for so long. */
async function stopped(page: Page): Promise<(ms: number) => Promise<void>> {
  await page.clock.pauseAt(await page.evaluate(() => Date.now()) + 1000);
  return (ms) => page.clock.runFor(ms);
}

const dialogTitle = (page: Page): Promise<string> => page.getByRole('dialog').locator('h2').innerText();

test('while the agent works the open confirm follows what lands, at most once a second, and what it then asks for is up to date', async (t) => {
  const page = await opened(t, [...gallery, { type: 'state', state: { is: 'busy' } }], { height: 1900, onPage: (fresh) => fresh.clock.install() });
  const run = await stopped(page);
  await page.evaluate(() => window.peer.command('confirmSeam', 's8'));
  await run(100);
  await page.getByRole('button', { name: 'Interrupt and Rewind' }).waitFor();
  assert.equal(await dialogTitle(page), 'Rewind to here: 1 paragraph, 1 tool call and 1 compaction go');
  for (let n = 16; n < 26; n++) {
    await page.evaluate((next) => window.peer.emit([next]), { type: 'block', block: `b${n}`, lane: 'main', after: `b${n - 1}`, kind: 'text', text: 'more' } as EventBody);
    await run(60);
  }
  assert.equal((await asked(page, 'session/preview')).length, 1, 'not at each step');
  await run(1000);
  await page.getByRole('dialog').getByText('Rewind to here: 11 paragraphs, 1 tool call and 1 compaction go').waitFor();
  assert.equal((await asked(page, 'session/preview')).length, 2);
  await run(5000);
  assert.equal((await asked(page, 'session/preview')).length, 2, 'nor when nothing lands');
  await page.evaluate(() => { window.peer.stream('l1', 'on its way'); window.peer.emit([{ type: 'state', state: { is: 'idle' } }]); });
  await run(1000);
  await page.getByRole('button', { name: 'Rewind', exact: true }).click();
  await run(1000);
  assert.deepEqual(await asked(page, 'session/rewind'), [{ session: 'uid-1', seam: 's8', files: false, expect: { branch: 'main', tip: 'b25' } }]);
});

for (const what of ['rewind', 'switch'] as const)
  test(`a ${what} that something has overtaken says so, shows how it stands now, and the next click does it`, async (t) => {
    const [branch, tip] = what === 'rewind' ? ['main', 15] : ['branch-2', 6];
    const page = await opened(t, what === 'rewind' ? gallery : [...gallery, cutAt('s6')], { height: 1900, onPage: (fresh) => fresh.clock.install() });
    const run = await stopped(page);
    if (what === 'rewind') await page.evaluate(() => window.peer.command('confirmSeam', 's6'));
    else await page.locator('branch-card #back').click();
    await run(100);
    const go = page.locator(`${what}-confirm #go`);
    await go.waitFor();
    // It lands and is clicked at within one moment: the panel has not even drawn it.
    await page.evaluate((next) => { window.peer.emit([next]); }, prompt(16, tip));
    await go.click();
    await run(100);
    const said = page.getByText('Something new has landed meanwhile, so nothing was done. This is how it stands now; choose again.');
    await said.waitFor();
    assert.equal(await dialogTitle(page), what === 'rewind' ? 'Rewind to here: 1 prompt, 1 paragraph, 3 tool calls and 1 compaction go' : 'Go back to main? What stands below this point here is kept as a branch.');
    await go.click();
    await run(1000);
    await said.waitFor({ state: 'detached' });
    assert.deepEqual((await asked(page, `session/${what}`)).map((params) => (params as { expect: unknown }).expect), [{ branch, tip: `b${tip}` }, { branch, tip: 'b16' }]);
  });

test('a way back lists the files that would change, asks about those that somebody else changed, and says what an interrupt ends', async (t) => {
  const files = [{ path: 'gone.txt', is: 'added', conflict: false }, { path: 'notes.txt', is: 'modified', conflict: true }];
  const page = await opened(t, [...gallery, cutAt('s6'), { type: 'state', state: { is: 'busy' } }], { height: 1900, prepare: `peer.switchPreview = { ends: ['the turn that is running'], files: ${JSON.stringify(files)} };` });
  await page.locator('branch-card #back').click();
  const confirm = page.getByRole('dialog', { name: 'Go back to main? What stands below this point here is kept as a branch.' });
  await confirm.getByText('the turn that is running').waitFor();
  // A check box of the toolkit shows its label a moment later than itself.
  await confirm.getByText('Overwrite notes.txt').waitFor();
  assert.deepEqual((await confirm.locator('.files li').allInnerTexts()).map((text) => text.replace(/\s+/g, ' ')), ['gone.txt comes back', 'notes.txt Changed since by somebody else; it is left alone unless you overwrite it. Overwrite notes.txt']);
  await confirm.getByRole('button', { name: 'Compare gone.txt: now and after going back' }).click();
  assert.deepEqual(await asked(page, 'workbench/openMoveDiff'), [{ how: 'switch', checkpoint: 'c1', path: 'gone.txt', conflict: false }]);
  await confirm.getByRole('checkbox', { name: 'Overwrite notes.txt' }).click();
  await confirm.getByRole('button', { name: 'Interrupt and Go Back' }).click();
  await feedItem(page, 'b7').waitFor();
  assert.deepEqual(await asked(page, 'session/previewSwitch'), [{ session: 'uid-1', branch: 'main' }, { session: 'uid-1', branch: 'main', files: false }]);
  assert.deepEqual(await asked(page, 'session/switch'), [{ session: 'uid-1', branch: 'main', files: true, overwrite: ['notes.txt'], interrupt: true, expect: { branch: 'branch-2', tip: 'b6' } }]);
});

const request: EventBody = { type: 'permission_requested', request: 'r1', lane: 'main', tool: 'Bash', title: 'Run rm -rf build', input: { command: 'rm -rf build' }, options: [{ option: 'allow', label: 'Allow' }, { option: 'allow_always', label: 'Always allow' }, { option: 'deny', label: 'Deny' }] };

test('a permission request says once what is asked for', async (t) => {
  const asks = (request: string, title: string, input: object): EventBody => ({ type: 'permission_requested', request, lane: 'main', tool: 'Bash', title, input, options: [{ option: 'allow', label: 'Allow' }] });
  const page = await opened(t, [...gallery, asks('r1', 'npm test', { command: 'npm test' }), asks('r2', 'Edit src/a.ts', { file_path: 'src/a.ts', append: 'x' }), asks('r3', 'Look around', {}), asks('r4', 'Clean up', { command: 'rm -rf build' })]);
  const shown = page.locator('permission-card .card');
  await shown.nth(3).waitFor();
  assert.deepEqual((await shown.allInnerTexts()).map((text) => text.split('\n').filter((line) => line.trim() !== '')), [
    ['Demo Agent asks to use Bash', 'Command', 'npm test', 'Allow', '1'],
    ['Demo Agent asks to use Bash', 'src/a.ts', 'append: x', 'Allow'],
    ['Demo Agent asks to use Bash', 'Look around', 'Allow'],
    ['Demo Agent asks to use Bash', 'Clean up', 'Command', 'rm -rf build', 'Allow'],
  ]);
});

test('a quotation has the same room above and below', async (t) => {
  const page = await opened(t, [prompt(1, null), { type: 'block', block: 'b2', lane: 'main', after: 'b1', kind: 'text', text: '> first\n>\n> last\n\nand on' }]);
  const room = await feedItem(page, 'b2').locator('blockquote').evaluate((quote) => {
    const [whole, first, last] = [quote, quote.firstElementChild!, quote.lastElementChild!].map((element) => element.getBoundingClientRect());
    return [first!.top - whole!.top, whole!.bottom - last!.bottom];
  });
  assert.deepEqual(room, [2, 2]);
});

test('what lies over text hides it, also where a theme’s button is a veil', async (t) => {
  const page = await opened(t, many(60), { width: 320 });
  await page.evaluate(() => { document.documentElement.style.setProperty('--vscode-button-secondaryBackground', 'rgba(255, 255, 255, 0.1)'); });
  await page.locator('conversation-feed .scroll').evaluate((element) => { element.scrollTop -= 900; });
  for (const over of [page.locator('.latest'), page.locator('rewind-seam .grip').first()])
    assert.deepEqual(await over.evaluate((element) => { const { backgroundColor, backgroundImage } = getComputedStyle(element); return [backgroundColor, backgroundImage]; }), ['rgb(31, 31, 31)', 'linear-gradient(rgba(255, 255, 255, 0.1) 0px, rgba(255, 255, 255, 0.1) 0px)']);
});

test('in a narrow panel the composer’s hint ends in an ellipsis, in one line', async (t) => {
  const page = await opened(t, [prompt(1, null)], { width: 260 });
  const area = page.locator('prompt-composer textarea');
  assert.deepEqual(await area.evaluate((element) => { const { whiteSpace, textOverflow } = getComputedStyle(element, '::placeholder'); return [whiteSpace, textOverflow, getComputedStyle(element).textOverflow]; }), ['nowrap', 'ellipsis', 'ellipsis']);
  await area.fill('x');
  assert.equal(await area.evaluate((element) => getComputedStyle(element).textOverflow), 'clip');
});

test('a permission request is answered in the panel', async (t) => {
  const page = await opened(t, [...gallery, { type: 'state', state: { is: 'waiting', for: 'permission' } }, request]);
  assert.match(await page.locator('permission-card .card').innerText(), /Demo Agent asks to use Bash[\s\S]*rm -rf build/);
  await page.getByRole('button', { name: 'Always allow' }).click();
  await page.locator('permission-card').waitFor({ state: 'detached' });
  assert.deepEqual(await asked(page, 'session/answer'), [{ session: 'uid-1', request: 'r1', option: 'allow_always', from: 'panel' }]);
});

test('a permission request answered elsewhere closes and says so', async (t) => {
  const page = await opened(t, [...gallery, request]);
  await page.locator('permission-card').waitFor();
  await page.evaluate(() => window.peer.emit([{ type: 'permission_resolved', request: 'r1', outcome: 'elsewhere', by: 'terminal' }]));
  await page.getByText('Answered in the terminal.').waitFor();
  await page.locator('permission-card').waitFor({ state: 'detached' });
});

test('a permission request that only the terminal can answer any more leads there', async (t) => {
  const page = await opened(t, [...gallery, request]);
  await page.getByRole('button', { name: 'Deny', exact: true }).waitFor();
  await page.evaluate(() => window.peer.emit([{ type: 'permission_left', request: 'r1' }]));
  await page.getByText('Only its terminal can answer this now.').waitFor();
  assert.equal(await page.locator('permission-card vscode-button[data-option]').count(), 0);
  await page.locator('permission-card').getByRole('button', { name: 'Terminal' }).click();
  assert.equal((await asked(page, 'workbench/focusTerminal')).length, 1);
});

test('the composer: Enter sends, Shift+Enter makes a line, an input method’s Enter does neither', async (t) => {
  const page = await opened(t);
  const area = page.locator('prompt-composer textarea');
  await area.pressSequentially('one');
  await page.keyboard.press('Shift+Enter');
  await area.pressSequentially('two');
  await area.evaluate((element) => element.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true })));
  assert.deepEqual(await asked(page, 'session/send'), []);
  assert.deepEqual(await page.evaluate(() => window.peer.saved), { session: 'uid-1', draft: 'one\ntwo' });
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => window.peer.of('session/send').length === 1);
  const [{ key, ...sent }] = (await asked(page, 'session/send')) as [{ key: string }];
  assert.deepEqual(sent, { session: 'uid-1', text: 'one\ntwo', from: 'panel', branch: 'main' });
  assert.match(key, /^[\da-f-]{36}$/);
  assert.equal(await area.inputValue(), '');
});

test('a draft survives a reload, and a prompt that could not be sent comes back', async (t) => {
  const page = await opened(t, gallery, { saved: { session: 'uid-1', draft: 'half a thought' }, prepare: `peer.failures = { 'session/send': 'The session has moved on.' };` });
  const area = page.locator('prompt-composer textarea');
  assert.equal(await area.inputValue(), 'half a thought');
  await area.press('Enter');
  await page.getByText('Not sent: The session has moved on.').waitFor();
  assert.equal(await area.inputValue(), 'half a thought');
});

test('subagents: the tree at any depth, a lane with its trail, and back', async (t) => {
  const page = await opened(t);
  await page.locator('panel-header #lanes').click();
  assert.deepEqual(await page.locator('subagent-tree button.row').evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset['lane'])), ['a1', 'a2']);
  assert.match(await page.locator('subagent-tree [data-lane=a2]').innerText(), /reader\s*Read import.ts\s*done · 3 steps · last: Read · 4.2k tokens/);
  await page.locator('subagent-tree button[data-lane=a1]').click();
  await feedItem(page, 'b12').waitFor();
  assert.equal(await feedItem(page, 'b1').count(), 0);
  assert.equal(await page.locator('rewind-seam').count(), 0);
  await page.getByRole('navigation').getByRole('button', { name: 'Main agent' }).click();
  await feedItem(page, 'b15').waitFor();
});

test('ten thousand blocks: the newest is there at once, without the rest; older pages come as one scrolls up and nothing jumps', async (t) => {
  const page = await opened(t, many(10_000), { prepare: `peer.held = ['session/page'];` });
  await feedItem(page, 'b10000').waitFor();
  assert.deepEqual(await asked(page, 'session/open'), [{ session: 'uid-1', blocks: 60, paced: true }]);
  assert.equal(await feedItem(page, 'b9940').count(), 0);
  assert.equal(await feedItem(page, 'b10000').evaluate((item) => { const box = item.getBoundingClientRect(); return box.bottom <= innerHeight && box.top >= 0; }), true, 'stuck to the bottom');
  const scroll = page.locator('conversation-feed .scroll');
  await scroll.evaluate((element) => { element.scrollTop = 0; });
  await page.waitForFunction(() => window.peer.of('session/page').length === 1);
  const first = feedItem(page, 'b9941');
  const top = (): Promise<number> => first.evaluate((item) => Math.round(item.getBoundingClientRect().top));
  const frames = (): Promise<unknown> => page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  // What has come into view by the scrolling itself fills a frame later, on a busy machine several.
  let before = await top();
  for (let last = Number.NaN; last !== before; before = await top()) {
    last = before;
    await frames();
  }
  await page.evaluate(() => window.peer.release());
  await page.locator('[data-section="2480"]').waitFor({ state: 'attached' });
  await frames();
  assert.ok(Math.abs((await top()) - before) <= 2, `moved by ${(await top()) - before} pixels`);
  assert.deepEqual((await asked(page, 'session/page'))[0], { session: 'uid-1', lane: 'main', branch: 'main', count: 100, before: 'b9941' });
});

test('at the bottom it follows; scrolled away it stays and offers the way down', async (t) => {
  const page = await opened(t, many(60));
  const scroll = page.locator('conversation-feed .scroll');
  await feedItem(page, 'b60').waitFor();
  await page.evaluate(() => window.peer.emit([{ type: 'block', block: 'b61', lane: 'main', after: 'b60', kind: 'text', text: 'x\n\n'.repeat(60) }]));
  await feedItem(page, 'b61').waitFor();
  const fromBottom = (): Promise<number> => scroll.evaluate((element) => Math.round(element.scrollHeight - element.scrollTop - element.clientHeight));
  await page.waitForFunction(() => { const element = document.querySelector('backstitch-panel')!.shadowRoot!.querySelector('conversation-feed')!.shadowRoot!.querySelector('.scroll')!; return element.scrollHeight - element.scrollTop - element.clientHeight <= 1; });
  await scroll.evaluate((element) => { element.scrollTop -= 900; });
  await page.getByRole('button', { name: 'Jump to Latest' }).waitFor();
  const top = await scroll.evaluate((element) => element.scrollTop);
  await page.evaluate(() => window.peer.emit([{ type: 'block', block: 'b62', lane: 'main', after: 'b61', kind: 'text', text: 'newest' }]));
  await feedItem(page, 'b62').waitFor({ state: 'attached' });
  assert.equal(await scroll.evaluate((element) => element.scrollTop), top);
  await page.getByRole('button', { name: 'Jump to Latest' }).click();
  assert.ok((await fromBottom()) <= 1);
});

test('what one sends oneself comes into view, also from far up', async (t) => {
  const page = await opened(t, many(60));
  await feedItem(page, 'b60').waitFor();
  await page.locator('conversation-feed .scroll').evaluate((element) => { element.scrollTop -= 900; });
  await page.getByRole('button', { name: 'Jump to Latest' }).waitFor();
  await page.locator('prompt-composer textarea').fill('one more');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Jump to Latest' }).waitFor({ state: 'detached' });
  await page.evaluate((next) => window.peer.emit([next]), prompt(61, 60));
  await feedItem(page, 'b61').waitFor();
  await frames(page);
  assert.equal(await hiddenPart(page, '[data-block=b61]'), 0);
});

test('far sections are emptied and come back; Tab goes on through them', async (t) => {
  const page = await opened(t, many(400));
  const scroll = page.locator('conversation-feed .scroll');
  for (let i = 0; i < 40 && (await page.locator('[data-section="0"]').count()) === 0; i++) {
    await scroll.evaluate((element) => { element.scrollTop = 0; });
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 20))));
  }
  await scroll.evaluate((element) => { element.scrollTop = 0; });
  await feedItem(page, 'b1').waitFor();
  assert.ok((await page.locator('.item').count()) < 200, 'only what is near is filled');
  await page.locator('rewind-seam[data-seam=s1] button').focus();
  // Each step has a copy button before its seam.
  for (let i = 2; i <= 80; i++) for (const _ of ['copy', 'seam']) await page.keyboard.press('Tab');
  assert.match(await focused(page), /^s80:/);
});

test('a gap in the events and a broken connection open the session anew, with nothing missing and nothing twice', async (t) => {
  const page = await opened(t, [prompt(1, null)]);
  await page.evaluate((lost) => window.peer.emit(lost, true), [prompt(2, 1)]);
  await page.evaluate((next) => window.peer.emit(next), [prompt(3, 2)]);
  await feedItem(page, 'b3').waitFor();
  await page.evaluate(() => window.peer.connection(false));
  await page.getByText('Reconnecting…').waitFor();
  await page.locator('prompt-composer textarea').press('x');
  await page.keyboard.press('Enter');
  assert.deepEqual([await page.locator('prompt-composer textarea').inputValue(), await asked(page, 'session/send')], ['x', []]);
  await page.evaluate((missed) => { window.peer.emit(missed); window.peer.connection(true); }, [prompt(4, 3)]);
  await feedItem(page, 'b4').waitFor();
  await page.getByText('Reconnecting…').waitFor({ state: 'detached' });
  assert.deepEqual(await page.locator('.item[data-block]').evaluateAll((items) => items.map((item) => (item as HTMLElement).dataset['block'])), ['b1', 'b2', 'b3', 'b4']);
});

test('commands of the workbench: composer, seams, a seam far back, subagents', async (t) => {
  const page = await opened(t, many(400));
  await page.evaluate(() => window.peer.command('focusComposer'));
  await page.waitForFunction(() => window.peer.asked.length > 0);
  assert.equal(await focused(page), ':textarea');
  await page.evaluate(() => window.peer.command('previousSeam'));
  await page.evaluate(() => window.peer.command('previousSeam'));
  await page.waitForFunction(() => document.querySelector('backstitch-panel')!.shadowRoot!.activeElement?.localName === 'conversation-feed');
  assert.match(await focused(page), /^s39[89]:/);
  await page.evaluate(() => window.peer.command('confirmSeam', 's20'));
  await page.getByRole('dialog').getByText(/^Rewind to here: 95 prompts/).waitFor();
  await page.evaluate(() => window.peer.command('toggleSubagents'));
  await page.getByText('No subagent has been started.').waitFor();
});

test('a session that cannot be opened says why and can be tried again; problems of the record are shown', async (t) => {
  const { page } = await harness.open({ prepare: `${emits(gallery)} peer.failures = { 'session/open': 'There is no session “docs”.' }; peer.problem = 'Recording has stopped.'; peer.damage = ['row 7'];` });
  t.after(() => page.close());
  await page.getByText('The session could not be opened: There is no session “docs”.').waitFor();
  await page.evaluate(() => { window.peer.failures = {}; });
  await page.getByRole('button', { name: 'Try Again' }).click();
  await page.getByText('Recording has stopped.').waitFor();
  await page.getByText('Part of this session’s record could not be read: row 7').waitFor();
});

/** How much of an element is cut off by the feed's view, in pixels. */
const hiddenPart = (page: Page, selector: string): Promise<number> => page.locator(selector).evaluate((element) => {
  const view = document.querySelector('backstitch-panel')!.shadowRoot!.querySelector('conversation-feed')!.shadowRoot!.querySelector('.scroll')!.getBoundingClientRect();
  const { top, bottom } = element.getBoundingClientRect();
  return Math.max(0, view.top - top, bottom - view.bottom);
});
const frames = (page: Page): Promise<unknown> => page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));

test('the confirm says what becomes of each file, and all of it is in view from its first line on', async (t) => {
  const files = [{ path: 'made.txt', is: 'deleted', conflict: false }, { path: 'gone.txt', is: 'added', conflict: false }, { path: 'src/a.ts', is: 'modified', conflict: false }];
  const page = await opened(t, [...many(20), ...Array.from({ length: 6 }, (_, i): EventBody => ({ type: 'block', block: `b${21 + i}`, lane: 'main', after: `b${20 + i}`, kind: 'text', text: 'short' }))], { height: 420, prepare: `peer.held = ['session/preview']; peer.preview = { files: ${JSON.stringify(files)} };` });
  await feedItem(page, 'b26').waitFor();
  await page.locator('rewind-seam[data-seam=s25] button.handle').focus();
  await page.keyboard.press('Enter');
  await page.getByText('Looking at the files…').waitFor();
  await frames(page);
  assert.equal(await hiddenPart(page, 'rewind-confirm .card'), 0);
  await page.evaluate(() => window.peer.release());
  await page.getByText('will be removed').waitFor();
  await frames(page);
  assert.deepEqual((await page.locator('rewind-confirm .files li').allInnerTexts()).map((text) => text.replace(/\s+/g, ' ')), ['made.txt will be removed', 'gone.txt comes back', 'src/a.ts changes back']);
  assert.equal(await hiddenPart(page, 'rewind-confirm .card'), 0);
});

test('what is opened by hand is in view from its first line on', async (t) => {
  const page = await opened(t, [...many(12), { type: 'block', block: 'b13', lane: 'main', after: 'b12', kind: 'tool', tool: 'Write', tool_kind: 'other', call: 'c', title: 'Write: /ws/made.txt', input: { file_path: '/ws/made.txt', content: 'line\n'.repeat(30) } }], { height: 420 });
  await feedItem(page, 'b13').locator('.head').click();
  await page.getByText('content:').waitFor();
  await frames(page);
  assert.equal(await feedItem(page, 'b13').locator('.title').innerText(), 'Write: made.txt');
  assert.equal(await feedItem(page, 'b13').locator('.title').getAttribute('title'), 'Write: /ws/made.txt');
  assert.equal(await hiddenPart(page, '[data-block=b13] .head'), 0);
});

test('paths inside the session’s folder are shown relative to it; the workbench gets them whole', async (t) => {
  const page = await opened(t, [prompt(1, null), { type: 'block', block: 'b2', lane: 'main', after: 'b1', kind: 'tool', tool: 'Edit', tool_kind: 'edit', call: 'c', title: 'Edit: /ws/src/a.ts', input: { file_path: '/ws/src/a.ts' }, result: { status: 'completed', text: 'ok', edits: [{ path: '/ws/src/a.ts', before: 'a\n', after: 'b\n' }] } }]);
  const link = feedItem(page, 'b2').getByRole('button', { name: 'Open src/a.ts', exact: true });
  assert.deepEqual([await link.innerText(), await link.getAttribute('title')], ['src/a.ts', '/ws/src/a.ts']);
  await link.click();
  assert.deepEqual(await asked(page, 'workbench/openFile'), [{ path: '/ws/src/a.ts' }]);
});

for (const [theme, border] of [['light', 'rgba(0, 0, 0, 0)'], ['hc', 'rgb(111, 195, 223)']] as const)
  test(`a secondary button has its own border in the ${theme} theme, not the primary one's`, async (t) => {
    const page = await opened(t, [...gallery, request], { theme });
    const borders = await page.locator('permission-card vscode-button').evaluateAll((buttons) => buttons.map((button) => getComputedStyle(button.shadowRoot!.querySelector('.control')!).borderTopColor));
    assert.deepEqual(borders.slice(1), [border, border, border]);
  });

test('only one border shows that one types', async (t) => {
  const page = await opened(t);
  const area = page.locator('prompt-composer textarea');
  await area.click();
  assert.deepEqual(await area.evaluate((element) => { const { outlineStyle, borderTopWidth } = getComputedStyle(element); return [outlineStyle, borderTopWidth]; }), ['none', '0px']);
});

test('a seam says how exact it is before it is pointed at, asked once for all that are drawn', async (t) => {
  const page = await opened(t, gallery, { height: 1900, prepare: `peer.told = { s6: { fidelity: 'approximate', reason: 'the agent summarises.' }, s7: { fidelity: 'none', reason: 'its history is not kept.' } };` });
  const handle = page.getByRole('button', { name: 'Rewind to here, approximate: the agent summarises. · 1 paragraph, 3 tool calls and 1 compaction would go' });
  await handle.waitFor();
  await page.getByRole('button', { name: 'No rewind here: its history is not kept. · 1 paragraph, 2 tool calls and 1 compaction would go' }).waitFor();
  await page.getByRole('button', { name: /^Rewind to here, exact · .* would go$/ }).first().waitFor();
  assert.deepEqual(await asked(page, 'session/seams'), [{ session: 'uid-1', branch: 'main', seams: ['s1', 's3', 's5', 's6', 's7', 's8'] }]);
  assert.deepEqual(await page.locator('rewind-seam .line').evaluateAll((lines) => lines.map((line) => (line as HTMLElement).dataset['is'])),
    ['exact', 'exact', 'exact', 'approximate', 'none', 'exact']);
  assert.equal(await handle.innerText(), 'Rewind to here, approximate: the agent summarises.');
  await handle.focus();
  assert.equal(await handle.locator('.grip').getAttribute('title'), await handle.getAttribute('aria-label'));
});

test('what a seam says follows what the host says of it, each time that one points at a seam or opens it', async (t) => {
  const page = await opened(t, gallery, { height: 1900 });
  const tell = (told: unknown) => page.evaluate((next) => { window.peer.told = next as typeof window.peer.told; }, told);
  const says = (what: RegExp) => page.getByRole('button', { name: what }).waitFor();
  await page.locator('rewind-seam[data-seam=s6] button.handle').focus();
  await says(/^Rewind to here, exact · 1 paragraph, 3 tool calls and 1 compaction would go$/);
  await tell({ s6: { fidelity: 'none', reason: 'its history is gone.' } });
  await page.locator('rewind-seam[data-seam=s7] button.handle').focus();
  await page.locator('rewind-seam[data-seam=s6] button.handle').focus();
  await says(/^No rewind here: its history is gone\./);
  await tell({ s7: { fidelity: 'approximate', reason: 'a row is lost.' } });
  await page.locator('rewind-seam[data-seam=s7] button.handle').click();
  await page.getByRole('dialog').waitFor();
  await says(/approximate: a row is lost\./);
  await page.evaluate(() => { window.peer.failures = { 'session/seams': 'the host is away' }; });
  await page.locator('rewind-seam[data-seam=s8] button.handle').focus();
  await says(/approximate: a row is lost\./);
});

test('a question that only the terminal can answer and a slow start point to the terminal', async (t) => {
  const page = await opened(t, gallery, { onPage: (fresh) => fresh.clock.install() });
  const hint = page.locator('terminal-hint .card');
  const become = (state: AgentState, ms: number): Promise<void> => page.evaluate((next) => window.peer.emit([{ type: 'state', state: next }]), state).then(() => page.clock.runFor(ms));
  await become({ is: 'waiting', for: 'question' }, 1000);
  await hint.getByText('Demo Agent asks something that only its terminal can answer.').waitFor();
  await hint.getByRole('button', { name: 'Focus Terminal' }).click();
  assert.deepEqual(await asked(page, 'workbench/focusTerminal'), [{}]);
  await become({ is: 'starting' }, 4000);
  assert.equal(await hint.count(), 0);
  await page.clock.runFor(2000);
  await hint.getByText('Demo Agent takes long to start.').waitFor();
  await become({ is: 'idle' }, 100);
  assert.equal(await hint.count(), 0);
});

test('a request that is answered here needs no terminal', async (t) => {
  const page = await opened(t, gallery, { onPage: (fresh) => fresh.clock.install() });
  await page.evaluate((asks) => window.peer.emit([{ type: 'state', state: { is: 'waiting', for: 'permission' } }, asks]), request);
  await page.clock.runFor(3000);
  await page.locator('permission-card').waitFor();
  assert.equal(await page.locator('terminal-hint .card').count(), 0);
});

test('a switch names the files that it left alone; a branch apart is a card at the top', async (t) => {
  const page = await opened(t, [...gallery, { type: 'native_session', native: { session: 'n2', path: '/n2' }, branch: 'branch-2', cause: 'clear' }, { ...prompt(16, null), text: 'Anew' } as EventBody], { prepare: `peer.switchFiles = { is: 'restored', restored: ['a.ts'], conflicts: ['notes.txt'] };` });
  const card = page.getByRole('group', { name: 'Before: main, 13 steps' });
  await card.getByRole('button', { name: 'Show' }).click();
  await card.getByRole('list', { name: 'main' }).waitFor();
  assert.equal(await card.locator('li').count(), 13);
  await card.getByRole('button', { name: 'Go Back to It: main' }).click();
  await page.locator('branch-card #go').click();
  await page.getByText('Now on main, files restored: 1. Left alone because somebody else changed them: notes.txt.').waitFor();
});

test('a reload comes back to where one was, also far back; from the bottom it comes back to the bottom', async (t) => {
  const place = { lane: 'main', block: 'b120', offsetPx: 33 };
  const page = await opened(t, many(400), { saved: { session: 'uid-1', place } });
  const item = feedItem(page, 'b120');
  await item.waitFor();
  await frames(page);
  const offset = (): Promise<number> => item.evaluate((element) => Math.round(element.getBoundingClientRect().top - element.closest('.scroll')!.getBoundingClientRect().top));
  assert.ok(Math.abs((await offset()) - 33) <= 2, `stands at ${await offset()}`);
  await page.getByRole('button', { name: 'Jump to Latest' }).click();
  await page.waitForFunction(() => (window.peer.saved as { place: unknown }).place === null);
  await page.locator('conversation-feed .scroll').evaluate((element) => { element.scrollTop -= 900; });
  await page.waitForFunction(() => (window.peer.saved as { place: unknown }).place !== null);
  const saved = await page.evaluate(() => (window.peer.saved as { place: { lane: string; block: string } }).place);
  assert.deepEqual([saved.lane, /^b3\d\d$/.test(saved.block)], ['main', true]);
});

test('prompts, texts and code blocks can be copied', async (t) => {
  const page = await opened(t);
  await feedItem(page, 'b1').getByRole('button', { name: 'Copy' }).click();
  await feedItem(page, 'b6').locator('.code copy-button button').click();
  await feedItem(page, 'b6').locator('> copy-button button').click();
  await feedItem(page, 'b6').locator('> copy-button').getByRole('button', { name: 'Copied' }).waitFor();
  assert.deepEqual(await asked(page, 'workbench/copy'), [
    { text: 'The CSV import loses the last row. Find out why and fix it,\nwith a test.' },
    { text: "export function rowsOf(chunk: string): string[] {\n  return chunk.split('\\n');\n}\n" },
    { text: answer },
  ]);
});

test('the whole of a rewind by keyboard alone: to the seam, into the choices, done, and on to the next prompt', async (t) => {
  const page = await opened(t, gallery, { prepare: `peer.preview = { files: [{ path: 'made.txt', is: 'deleted', conflict: true }] };` });
  const tabTo = async (wanted: (page: Page) => Promise<boolean>): Promise<void> => {
    for (let i = 0; i < 80 && !(await wanted(page)); i++) await page.keyboard.press('Tab');
    assert.ok(await wanted(page));
  };
  const isAt = (where: string) => async (): Promise<boolean> => (await focused(page)) === where;
  await page.locator('panel-header #terminal').focus();
  await tabTo(async () => (await focused(page)).startsWith('s6:'));
  await page.keyboard.press('Enter');
  await page.getByText('Remove made.txt all the same').waitFor();
  await untilFocused(page, 's6:go');
  for (let i = 0; i < 10 && !/overwrite/.test(await page.evaluate(() => { let at = document.activeElement; let names = ''; while (at) { names += ` ${at.className}`; at = at.shadowRoot?.activeElement ?? null; } return names; })); i++) await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Space');
  await tabTo(isAt('s6:go'));
  await page.keyboard.press('Enter');
  await page.locator('branch-card').waitFor();
  assert.deepEqual(await asked(page, 'session/rewind'), [{ session: 'uid-1', seam: 's6', files: true, overwrite: ['made.txt'], expect: { branch: 'main', tip: 'b15' } }]);
  await page.waitForFunction(() => document.querySelector('backstitch-panel')!.shadowRoot!.activeElement?.localName === 'prompt-composer');
  await page.keyboard.type('another way');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => window.peer.of('session/send').length === 1);
  await page.keyboard.press('Shift+Tab');
  await tabTo(isAt(':textarea'));
});

test('a way back by keyboard alone: asked, done, and on to the next prompt', async (t) => {
  const page = await opened(t, gallery, { height: 1900 });
  await page.locator('rewind-seam[data-seam=s6] button.handle').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Rewind' }).waitFor();
  await untilFocused(page, 's6:go');
  await page.keyboard.press('Enter');
  await untilFocused(page, ':textarea');
  for (let steps = 0; steps < 20 && !(await focused(page)).endsWith(':back'); steps++) await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await untilFocused(page, ':go');
  await page.locator('switch-confirm #go[aria-disabled=false]').waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('Now on main').waitFor();
  await untilFocused(page, ':textarea');
  await page.keyboard.type('the old way');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => window.peer.of('session/send').length === 1);
});
