import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page, Request } from 'playwright-core';
import type { EventBody } from '../../src/core/events.ts';
import { startHarness } from './harness.ts';
import type { Harness, OpenOptions } from './harness.ts';

let harness: Harness;
before(async () => { harness = await startHarness(); });
after(() => harness.close());

/** Ways in which a text could make a page ask a server for something; U is replaced by an address that nobody else asks for. */
const payloads = [
  '![x](U)', '![x][r]\n\n[r]: U', '[![x](U)](U)', '<img src=U>', '<img srcset="U 1x">', '<img src=x onerror="fetch(\'U\')">', '<image href=U>', '<picture><source srcset=U><img></picture>',
  '<svg><image href=U /></svg>', '<svg><use href=U#a /></svg>', '<svg onload="fetch(\'U\')"></svg>', '<svg><style>@import url(U);</style></svg>', '<script src=U></script>', '<script>fetch("U")</script>', '<script type=module>import "U"</script>',
  '<link rel=stylesheet href=U>', '<link rel=prefetch href=U>', '<link rel=preload as=image href=U>', '<link rel=icon href=U>', '<link rel=manifest href=U>', '<style>@import "U";</style>', '<style>body{background:url(U)}</style>', '<style>@font-face{font-family:f;src:url(U)} *{font-family:f}</style>',
  '<div style="background:url(U)">x</div>', '<p style="list-style-image:url(U)">x</p>', '<iframe src=U></iframe>', '<iframe srcdoc="<img src=U>"></iframe>', '<object data=U></object>', '<embed src=U>', '<video src=U></video>', '<video poster=U></video>', '<audio src=U autoplay></audio>', '<input type=image src=U>',
  '<body background=U>', '<table background=U><tr><td>x</table>', '<base href=U><img src=a>', '<form action=U><button autofocus onfocus="this.form.submit()">x</button></form>', '<details open ontoggle="fetch(\'U\')">x</details>', '<math><mtext><mglyph><style><img src=U></style></mglyph></mtext></math>',
  '<marquee onstart="fetch(\'U\')">x</marquee>', '<x-element onanimationstart="fetch(\'U\')">x</x-element>', '<noscript><p title="</noscript><img src=U>"></noscript>', '<template><img src=U></template>', '<svg><animate attributeName=href values=U /></svg>', '<svg><feImage href=U /></svg>', '<xmp><img src=U></xmp>',
];
const links = ['[a](command:workbench.action.terminal.new)', '<command:foo>', '[b](vscode://x/y)', '[c](javascript:fetch("U"))', '[d](data:text/html,<script>1</script>)', '[e](file:///etc/passwd)', '[f](http://127.0.0.1/plain)', '[g](//127.0.0.1/x)', '[h](vscode-webview://x)', '[i](&#99;ommand:x)', '[j](https://example.com/fine)'];

const address = (n: number): string => `https://127.0.0.1:9/leak-${n}`;
const filled = payloads.map((payload, n) => payload.replaceAll('U', address(n)));

/** One payload in every place where an agent's words are shown. */
function everywhere(texts: string[]): EventBody[] {
  const all = texts.join('\n\n');
  const block = (n: number, fields: object, lane = 'main', after: string | null = n === 1 ? null : `b${n - 1}`): EventBody => ({ type: 'block', block: `b${n}`, lane, after, ...fields }) as EventBody;
  return [
    block(1, { kind: 'prompt', text: all, source: 'typed' }), block(2, { kind: 'text', text: all }), block(3, { kind: 'thinking', text: all }),
    block(4, { kind: 'tool', tool: all, tool_kind: 'execute', call: 'c', title: all, input: { command: all, ['__proto__']: all }, result: { status: 'failed', text: all } }),
    block(5, { kind: 'tool', tool: 'Edit', tool_kind: 'edit', call: 'd', title: 'Edit', input: all, result: { status: 'completed', text: all, edits: [{ path: all, before: 'a', after: all }] } }),
    block(6, { kind: 'notice', notice: 'unread', text: all, raw: all }), block(7, { kind: 'compaction', trigger: 'auto', tokens_before: 2, tokens_after: 1, summary: all }),
    { type: 'lane_opened', lane: '__proto__', parent_lane: 'main', parent_block: 'b5', agent_type: all, description: all, background: false },
    { type: 'permission_requested', request: 'constructor', lane: 'main', tool: all, title: all, input: all, options: [{ option: 'deny', label: all }] },
    ...texts.map((text, n) => block(8 + n, { kind: 'text', text })),
    { type: 'queued', send: 'q', text: all, from: 'panel' },
  ];
}

async function shown(texts: string[], options: OpenOptions & { untouched?: boolean }): Promise<{ page: Page; leaks: string[]; left: string[] }> {
  const leaks: string[] = [];
  const left: string[] = [];
  const events = JSON.stringify(everywhere(texts)).replaceAll('<', '\\u003c');
  const { page } = await harness.open({ ...options, height: 6000, prepare: `peer.emit(${events}); peer.stream('l', ${JSON.stringify(texts.join('\n\n')).replaceAll('<', '\\u003c')});`, onPage: (opened) => {
    // Blocked by the CSP, or by the rule that an SVG may only use its own origin: never sent.
    const record = (request: Request): void => { if (request.url().includes('/leak-') && !['csp', 'origin'].includes(request.failure()?.errorText ?? '')) leaks.push(`${request.url()} ${request.failure()?.errorText}`); };
    opened.on('requestfinished', record);
    opened.on('requestfailed', record);
    opened.on('framenavigated', (frame) => left.push(frame.url()));
  } });
  await page.locator('live-tail .item').waitFor({ state: 'attached' });
  if (options.untouched !== true) await touch(page);
  await page.evaluate(() => new Promise((resolve) => { setTimeout(resolve, 300); }));
  return { page, leaks, left };
}

/** Opens everything that is folded. */
async function touch(page: Page): Promise<void> {
  await page.locator('panel-header #lanes').click();
  for (const summary of await page.locator('conversation-feed summary').all()) await summary.click();
  for (const head of await page.locator('tool-card .head').all()) await head.click();
}

const rawMarkup = `import MarkdownIt from 'markdown-it';
const markdown = new MarkdownIt({ html: true });
markdown.validateLink = () => true;
export const htmlOf = (source) => markdown.render(source);
export const lastBlockStart = () => 0;`;
const noSanitiser = 'export const sanitized = (html) => document.createRange().createContextualFragment(html);';

test('W8: with the CSP off, nothing an agent writes fetches anything', async (t) => {
  const { page, leaks, left } = await shown([...filled, `<meta http-equiv=refresh content="0;url=${address(99)}">`], { csp: false });
  t.after(() => page.close());
  assert.deepEqual(leaks, []);
  assert.equal(left.length, 1, 'the page was never left');
});

test('W8: with the CSP off and Markdown letting HTML through, the sanitiser holds alone', async (t) => {
  const { page, leaks, left } = await shown([...filled, `<meta http-equiv=refresh content="0;url=${address(99)}">`], { csp: false, replaced: { 'markup.ts': rawMarkup } });
  t.after(() => page.close());
  assert.deepEqual(leaks, []);
  assert.equal(left.length, 1);
});

test('W8: with the sanitiser bypassed and HTML let through, the CSP holds alone', async (t) => {
  const { page, leaks } = await shown(filled, { replaced: { 'markup.ts': rawMarkup, 'sanitize.ts': noSanitiser } });
  t.after(() => page.close());
  assert.ok(await page.locator('markdown-text img').count() > 0, 'the payloads are really in the page');
  assert.deepEqual(leaks, []);
});

test('the catalogue bites: with both taken away it does fetch', async (t) => {
  const { page, leaks } = await shown(filled.filter((text) => !text.includes('<form')), { csp: false, untouched: true, replaced: { 'markup.ts': rawMarkup, 'sanitize.ts': noSanitiser } });
  t.after(() => page.close());
  assert.ok(leaks.length > 10, `only ${leaks.length} payloads worked`);
});

for (const replaced of [{}, { 'markup.ts': rawMarkup }])
  test(`links: only https ones, this machine and files are links, and only a click opens one, through the workbench (${Object.keys(replaced)[0] ?? 'as it is'})`, async (t) => {
    const { page, left } = await shown(links, { csp: false, replaced });
    t.after(() => page.close());
    const hrefs = await page.locator('markdown-text a[href]').evaluateAll((found) => [...new Set(found.map((link) => link.getAttribute('href')))]);
    assert.deepEqual(hrefs, ['file:///etc/passwd', 'http://127.0.0.1/plain', 'https://example.com/fine']);
    for (const link of await page.locator('markdown-text a').all()) await link.click({ force: true });
    const opened = (await page.evaluate(() => window.peer.of('workbench/openLink'))) as { href: string }[];
    assert.deepEqual([...new Set(opened.map((one) => one.href))], ['http://127.0.0.1/plain', 'https://example.com/fine']);
    const files = (await page.evaluate(() => window.peer.of('workbench/openFile'))) as { path: string }[];
    assert.deepEqual([...new Set(files.map((one) => one.path))], ['/etc/passwd']);
    assert.equal(left.length, 1);
  });

test('markup of our own in an agent’s text is text: no false seam, no false card', async (t) => {
  const fake = '<rewind-seam></rewind-seam><permission-card></permission-card><button class="handle">Rewind</button>\u001b[31mred\u202eevil';
  const { page } = await shown([fake], { csp: false });
  t.after(() => page.close());
  assert.equal(await page.locator('markdown-text rewind-seam, markdown-text permission-card, markdown-text button').count(), 0);
  assert.match(await page.locator('[data-block=b2] markdown-text .body').innerText(), /<rewind-seam><\/rewind-seam>.*red<U\+202E>evil/);
});

test('messages of a foreign frame are not listened to', async (t) => {
  const { page } = await shown(['hello'], { csp: false });
  t.after(() => page.close());
  await page.evaluate(() => new Promise<void>((resolve) => {
    const frame = document.createElement('iframe');
    frame.sandbox.add('allow-scripts');
    frame.srcdoc = '<script>parent.postMessage({ jsonrpc: "2.0", method: "session/events", params: { session: "uid-1", events: [{ schema_version: 1, seq: 1000000, ts: "", id: "x", type: "state", state: { is: "busy" } }] } }, "*"); parent.postMessage("done", "*");</script>';
    window.addEventListener('message', (event) => { if (event.data === 'done') resolve(); });
    document.body.append(frame);
  }));
  await page.evaluate(() => window.peer.emit([{ type: 'state', state: { is: 'limited' } }]));
  await page.getByText('Limit reached').waitFor();
  assert.equal((await page.evaluate(() => window.peer.of('session/open'))).length, 1, 'no gap was seen');
});

test('huge and malformed texts are drawn, and none throws', async (t) => {
  const texts = ['['.repeat(20_000), '>'.repeat(10_000), `${'- '.repeat(2_000)}x`, `|${'a|'.repeat(5_000)}\n|${'-|'.repeat(5_000)}\n|${'b|'.repeat(5_000)}`, 'x'.repeat(2_000_000), '`'.repeat(20_000), '\u200b\u2066mixed\u2069'];
  const { page, problems } = await harness.open({ prepare: `const texts = ${JSON.stringify(texts)}; peer.emit(texts.map((text, n) => ({ type: 'block', block: 'b' + (n + 1), lane: 'main', after: n === 0 ? null : 'b' + n, kind: 'text', text })));` });
  t.after(() => page.close());
  await page.locator('[data-block=b7]').waitFor();
  assert.equal(await page.locator('[data-block]').count(), 7);
  assert.deepEqual(problems, []);
});
