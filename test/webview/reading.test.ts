import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import type { EventBody } from '../../src/core/events.ts';
import { startHarness } from './harness.ts';
import type { Harness, OpenOptions } from './harness.ts';

let harness: Harness;
before(async () => { harness = await startHarness(); });
after(() => harness.close());

const text = (n: number, fields: object): EventBody => ({ type: 'block', block: `b${n}`, lane: 'main', after: n === 1 ? null : `b${n - 1}`, kind: 'text', ...fields }) as EventBody;

async function opened(t: { after(fn: () => Promise<void>): void }, blocks: object[], options: OpenOptions = {}): Promise<Page> {
  const { page, problems } = await harness.open({ ...options, prepare: `peer.emit(${JSON.stringify(blocks.map((fields, at) => text(at + 1, fields)))}); ${options.prepare ?? ''}` });
  await page.locator(`[data-block=b${blocks.length}]`).waitFor();
  t.after(async () => {
    await page.close();
    assert.deepEqual(problems, [], 'nothing violated the policy and nothing threw');
  });
  return page;
}
const block = (page: Page, n: number): Locator => page.locator(`[data-block=b${n}]`);
const style = (element: Locator, name: string): Promise<string> => element.evaluate((at, property) => getComputedStyle(at).getPropertyValue(property), name);
/** Where the words of an element begin and end, within the width of its block. */
const wordsIn = (element: Locator): Promise<{ left: number; right: number }> => element.evaluate((at) => {
  const range = document.createRange();
  range.selectNodeContents(at);
  const [words, whole] = [range.getBoundingClientRect(), at.closest('.body')!.getBoundingClientRect()];
  return { left: words.left - whole.left, right: whole.right - words.right };
});

test('a list begins at its own number, ends its numbers as it was written, and has room for them', async (t) => {
  const page = await opened(t, [
    { text: '3. three\n4. four' }, { text: '7) seven\n\n8) eight\n   1. nested\n   2. more' }, { text: '0. zero' }, { text: '998. a\n999. b\n1000. c' }, { text: '- [ ] to do\n- [x] done\n- [nothing] else\n- plain' },
  ]);
  assert.equal(await block(page, 1).locator('ol').evaluate((list) => (list as HTMLOListElement).start), 3);
  assert.equal(await block(page, 2).locator('ol').first().evaluate((list) => (list as HTMLOListElement).start), 7);
  assert.deepEqual(await block(page, 2).locator('ol').evaluateAll((lists) => lists.map((list) => getComputedStyle(list.querySelector('li')!, '::marker').content)), ['counter(list-item) ") "', 'normal']);
  assert.equal(await block(page, 3).locator('ol').evaluate((list) => (list as HTMLOListElement).start), 0);
  assert.equal(await style(block(page, 4).locator('ol'), 'padding-left'), '44px');
  await page.screenshot({ path: 'test-results/reading-lists.png' });
  assert.deepEqual(await block(page, 5).locator('li').allInnerTexts(), ['to do', 'done', '[nothing] else', 'plain']);
  assert.deepEqual(await block(page, 5).locator('li').evaluateAll((items) => items.map((item) => getComputedStyle(item, '::marker').content)), ['"☐  "', '"☑  "', 'normal', 'normal']);
});

test('a table is aligned as it says, by no style of its own', async (t) => {
  const page = await opened(t, [{ text: '| a | b | c | d |\n|:--|--:|:-:|---|\n| 1 | 2 | 3 | 4 |' }, { text: 'x' }], { prepare: `peer.stream('l', '| a |\\n|--:|\\n| 1 |');` });
  for (const cell of ['th', 'td']) {
    const cells = block(page, 1).locator(cell);
    assert.deepEqual(await cells.evaluateAll((all) => all.map((one) => getComputedStyle(one).textAlign)), ['left', 'right', 'center', 'start']);
  }
  assert.equal(await page.locator('live-tail td').evaluate((cell) => getComputedStyle(cell).textAlign), 'right');
  assert.equal(await page.locator('markdown-text [style]').count(), 0);
});

test('text reads in its own direction, code from the left', async (t) => {
  const hebrew = 'שלום `main.ts`.\n\n- עברי\n- word\n\n1. עוד\n\n   פסקה\n\n> ציטוט\n\n# כותרת\n\n| שם | x |\n|---|---|\n| ערך | y |\n\n```\ncode\n```';
  const page = await opened(t, [
    { kind: 'prompt', text: 'תקן את זה\nand this', source: 'typed' }, { text: hebrew }, { text: '`main.ts` הוא קובץ\n\n- plain\n\nplain' }, { kind: 'thinking', text: 'חושב' },
  ]);
  for (const tag of ['p', 'ul', 'li', 'ol', 'blockquote', 'h1', 'table', 'td', 'th']) assert.equal(await style(block(page, 2).locator(tag).first(), 'direction'), 'rtl', tag);
  for (const tag of ['code', 'pre']) assert.equal(await style(block(page, 2).locator(tag).first(), 'direction'), 'ltr', tag);
  for (const tag of ['ul', 'table', 'blockquote', 'h1']) assert.equal(await block(page, 2).locator(tag).first().getAttribute('dir'), 'auto', tag);
  await page.screenshot({ path: 'test-results/reading-directions.png' });
  const [first, mixed] = [await wordsIn(block(page, 2).locator('ul > li').first()), await wordsIn(block(page, 2).locator('ul > li').nth(1))];
  assert.ok(first.right < 40 && first.left > 200 && mixed.right < 40, 'items stand beside their marks on the right');
  const quote = block(page, 2).locator('blockquote');
  assert.deepEqual([await style(quote, 'border-right-width'), await style(quote, 'border-left-width')], ['3px', '0px']);
  // Code in front does not say in which direction the text goes.
  assert.equal(await style(block(page, 3).locator('p').first(), 'direction'), 'rtl');
  assert.equal(await style(block(page, 3).locator('ul'), 'direction'), 'ltr');
  const prompt = block(page, 1).locator('.prompt > div');
  assert.deepEqual([await prompt.getAttribute('dir'), await style(prompt, 'direction'), await style(prompt, 'unicode-bidi')], ['auto', 'rtl', 'plaintext']);
  assert.deepEqual(await page.locator('prompt-composer textarea, panel-header .agent').evaluateAll((all) => all.map((one) => one.getAttribute('dir'))), ['auto', 'auto']);
});

test('a file link opens the file at its lines, an address what VS Code opens; all else is no link', async (t) => {
  const source = ['[file.ts:12](src/file.ts#L12)', '[range](src/file.ts#L12-L20)', '[bare](src/file.ts:7)', '[url](file:///ws/a%20b.md)', '[out](/etc/hosts)', '[win](C:/src/a.ts:3)', 'Run at http://localhost:3000, or `http://[::1]:5173/`.',
    'In `src/a.ts:12`, not in `npm test`.', '[web](https://example.com/x)', '[plain](http://example.com/)', '[cmd](command:x)', '[js](javascript:x)', '[vs](vscode:x)', 'www.example.com me@example.com ftp://x.y', '![shot](shot.png)'].join('\n\n');
  const page = await opened(t, [{ text: source }]);
  const links = block(page, 1).locator('a');
  assert.deepEqual(await links.evaluateAll((all) => all.map((link) => `${link.textContent}: ${(link as HTMLElement).title}`)), [
    'file.ts:12: src/file.ts:12', 'range: src/file.ts:12-20', 'bare: src/file.ts:7', 'url: /ws/a b.md', 'out: /etc/hosts', 'win: C:/src/a.ts:3', 'http://localhost:3000: http://localhost:3000/', 'http://[::1]:5173/: http://[::1]:5173/',
    'src/a.ts:12: src/a.ts:12', 'web: https://example.com/x', 'Image: shot: shot.png',
  ]);
  assert.equal(await style(links.nth(8).locator('code'), 'color'), await style(links.first(), 'color'), 'code that is a link looks like one');
  // What hears of a click outside of the panel, as VS Code's own page around it does, would follow the link.
  await page.evaluate(() => { document.addEventListener('click', () => console.error('a click on a link left the panel')); });
  for (const link of await links.all()) await link.click();
  await links.first().focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => window.peer.of('workbench/openFile').length === 9);
  assert.deepEqual(await page.evaluate(() => window.peer.of('workbench/openFile')), [
    { path: 'src/file.ts', line: 12 }, { path: 'src/file.ts', line: 12, endLine: 20 }, { path: 'src/file.ts', line: 7 }, { path: '/ws/a b.md' }, { path: '/etc/hosts' }, { path: 'C:/src/a.ts', line: 3 }, { path: 'src/a.ts', line: 12 },
    { path: 'shot.png' }, { path: 'src/file.ts', line: 12 },
  ]);
  assert.deepEqual(await page.evaluate(() => window.peer.of('workbench/openLink')), [{ href: 'http://localhost:3000/' }, { href: 'http://[::1]:5173/' }, { href: 'https://example.com/x' }]);
  await page.evaluate(() => { window.peer.failures['workbench/openFile'] = 'There is no file /ws/src/file.ts (any more).'; });
  await links.first().click();
  await page.getByText('There is no file /ws/src/file.ts (any more).').waitFor();
});

/** A tool call with what it printed. */
const tool = (text: string, fields: object = {}): object => ({ kind: 'tool', tool: 'Bash', tool_kind: 'execute', call: `c${text.length}`, title: 'npm ci', input: {}, result: { status: 'completed', text }, ...fields });
const output = (page: Page, n: number): Locator => block(page, n).locator('pre.output');

test('output is what a terminal ends up showing, for eyes, for copying and for a screen reader', async (t) => {
  const page = await opened(t, [
    tool('progress 1%\rprogress 100%\nok\n'), tool('a: 0%\nb: 0%\n\u001b[2A\u001b[Ka: 100%\n\u001b[Kb: 50%\n'), tool('\u001b[1m\u001b[31mFAIL\u001b[0m x\u001b[2K\rdone\tb\n', { result: { status: 'failed', text: '\u001b[1m\u001b[31mFAIL\u001b[0m one\tb' } }),
    tool('old mac\rfile', { tool: 'Read', tool_kind: 'read' }), tool('see \u001b]8;;https://example.com/log\u0007the log\u001b]8;;\u0007 or \u001b]8;;command:x\u0007this\u001b]8;;\u0007'),
  ]);
  await block(page, 4).locator('.head').click();
  assert.equal(await output(page, 1).innerText(), 'progress 100%\nok');
  assert.equal(await output(page, 2).innerText(), 'a: 100%\nb: 50%');
  assert.equal(await output(page, 3).innerText(), 'FAIL one\tb');
  assert.equal(await output(page, 4).innerText(), 'old mac\nfile', 'no line of a file takes the place of another');
  assert.equal(await output(page, 5).innerText(), 'see the log or this');
  await output(page, 3).evaluate((pre) => {
    const selection = getSelection()!;
    selection.removeAllRanges();
    const range = document.createRange();
    range.selectNodeContents(pre);
    selection.addRange(range);
  });
  assert.equal(await page.evaluate(() => String(getSelection())), 'FAIL one\tb');
  assert.deepEqual(await output(page, 5).locator('a').evaluateAll((links) => links.map((link) => [link.textContent, (link as HTMLElement).title])), [['the log', 'https://example.com/log']]);
  await output(page, 5).locator('a').click();
  await page.waitForFunction(() => window.peer.of('workbench/openLink').length === 1);
  assert.deepEqual(await page.evaluate(() => window.peer.of('workbench/openLink')), [{ href: 'https://example.com/log' }]);
  assert.equal(await page.locator('tool-card [style]').evaluateAll((all) => all.some((one) => one.getAttribute('style')?.includes('url'))), false);
});

/** All that has a colour of its own, with how well it is read: WCAG's contrast. */
const contrasts = (page: Page): Promise<{ text: string; color: string; contrast: number }[]> => page.locator('pre.output span, pre.output a').evaluateAll((all) => {
  const parts = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
  const light = (color: string): number => [0.2126, 0.7152, 0.0722].reduce((sum, weight, at) => {
    const value = (parts(color)[at] ?? 0) / 255;
    return sum + weight * (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  }, 0);
  const backgroundOf = (element: Element): string => {
    const own = getComputedStyle(element).backgroundColor;
    return parts(own)[3] === 0 ? backgroundOf(element.parentElement!) : own;
  };
  return all.map((element) => {
    const [darker = 0, lighter = 0] = [light(getComputedStyle(element).color), light(backgroundOf(element))].sort((a, b) => a - b);
    return { text: element.textContent ?? '', color: getComputedStyle(element).color, contrast: (lighter + 0.05) / (darker + 0.05) };
  });
});

const every = [
  ...Array.from({ length: 16 }, (_, n) => `\u001b[${n < 8 ? 30 + n : 82 + n}mfore ${n}\u001b[0m \u001b[${n < 8 ? 40 + n : 92 + n}mback ${n}\u001b[0m`),
  ...Array.from({ length: 16 }, (_, n) => `\u001b[38;5;${16 + n * 15}mcube\u001b[0m \u001b[38;2;${n * 16};${255 - n * 16};128mrgb\u001b[0m \u001b[7;3${n % 8}minverse\u001b[0m \u001b[2mdim\u001b[0m \u001b[2;34mdim blue\u001b[0m`),
  '\u001b[1mbold\u001b[0m \u001b[3mitalic\u001b[0m \u001b[4munderline\u001b[0m \u001b[9mstrike\u001b[0m \u001b[1;4;31mall\u001b[0m',
].join('\n');

for (const [theme, least] of [['dark', 4.5], ['light', 4.5], ['hc', 7]] as const)
  test(`colours are the theme's own and can be read: ${theme}`, async (t) => {
    const page = await opened(t, [tool('x'), { text: 'y' }], { theme, height: 1_000, prepare: `peer.wholeResults = { b1: ${JSON.stringify(every)} };` });
    await page.evaluate((text) => { window.peer.emit([{ type: 'block_updated', block: 'b1', result: { status: 'completed', text } }] as never); }, every);
    await block(page, 1).locator('#all').click();
    await page.getByText('back 0', { exact: true }).waitFor();
    await page.screenshot({ path: `test-results/terminal-colours-${theme}.png` });
    const found = await contrasts(page);
    assert.ok(found.length > 100, `only ${found.length} pieces`);
    // No colour is read better than 4.58 on every other one.
    const isOnOwn = (text: string): boolean => /back|inverse/.test(text);
    assert.deepEqual(found.filter(({ text, contrast }) => contrast < (isOnOwn(text) ? 4.5 : least - 0.05)), []);
    assert.equal(await style(page.locator('pre.output .bold').first(), 'font-weight'), '700');
    assert.equal(await style(page.locator('pre.output .underline.bold'), 'text-decoration-line'), 'underline');
  });

test('colours follow the theme when it changes', async (t) => {
  const page = await opened(t, [tool('\u001b[33myellow\u001b[0m')]);
  const yellow = page.locator('pre.output span');
  await page.evaluate(() => document.documentElement.style.setProperty('--vscode-terminal-ansiYellow', '#fedcba'));
  await page.waitForFunction(() => document.querySelector('backstitch-panel') !== null);
  const until = async (wanted: string): Promise<void> => {
    for (let frames = 0; frames < 200 && await style(yellow, 'color') !== wanted; frames++) await page.evaluate(() => new Promise(requestAnimationFrame));
    assert.equal(await style(yellow, 'color'), wanted);
  };
  await until('rgb(254, 220, 186)');
  await page.evaluate(() => document.documentElement.style.setProperty('--vscode-terminal-background', '#ffffff'));
  for (let frames = 0; frames < 200 && (await contrasts(page))[0]!.contrast < 4.5; frames++) await page.evaluate(() => new Promise(requestAnimationFrame));
  assert.ok((await contrasts(page))[0]!.contrast >= 4.5);
});

test('a huge result in colours is drawn in a bounded number of pieces, with all its words', async (t) => {
  const huge = Array.from({ length: 20_000 }, (_, n) => `\u001b[3${n % 8}m${n}\u001b[0m.`).join('');
  const page = await opened(t, [tool('x')], { prepare: `peer.emit([{ type: 'block_updated', block: 'b1', result: { status: 'completed', text: ${JSON.stringify(huge)} } }]);` });
  await page.waitForFunction((length) => document.querySelector('backstitch-panel')!.shadowRoot!.querySelector('conversation-feed')!.shadowRoot!.querySelector('tool-card')!.shadowRoot!.querySelector('pre.output')?.textContent?.length === length, Array.from({ length: 20_000 }, (_, n) => `${n}.`).join('').length);
  assert.equal(await output(page, 1).locator('span').count(), 5_000);
});
