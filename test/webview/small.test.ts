import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { EventBody } from '../../src/core/events.ts';
import { headAndTail } from '../../webview/model/headAndTail.ts';
import { gallery } from './gallery.ts';
import { startHarness } from './harness.ts';
import type { Harness } from './harness.ts';
import type { HarnessTheme } from './harnessThemes.ts';
import { faultsOfLayout } from './overprint.ts';

let harness: Harness;
before(async () => { harness = await startHarness(); });
after(() => harness.close());

/** 200 characters without a place to break, and with an end that tells it from others. */
const long = (what: string): string => `${what}-${'x'.repeat(200 - what.length - 5)}-end`;
const words = 'Something has gone wrong with the record of this session, and what it is takes more than a line to say. '.repeat(3);

const lanes: EventBody[] = Array.from({ length: 12 }, (_, at): EventBody => (
  { type: 'lane_opened', lane: `l${at}`, parent_lane: 'main', parent_block: null, agent_type: long(`type${at}`), description: long(`task${at}`), background: true }));
const tool = (n: number, title: string): EventBody => (
  { type: 'block', block: `z${n}`, lane: 'main', after: n === 1 ? 'b15' : `z${n - 1}`, kind: 'tool', tool: 'Edit', tool_kind: 'edit', call: `zc${n}`, title, input: { file_path: `/ws/${long('file')}` }, model: long('model'),
    result: { status: 'completed', text: 'ok', edits: [{ path: `/ws/src/${long('file')}.ts`, before: 'a\n', after: 'b\n' }] } });
const asks = (n: number): EventBody => ({ type: 'permission_requested', request: `r${n}`, lane: 'main', tool: long('Tool'), title: long('title'),
  input: { command: `${long('command')}\n`.repeat(12) }, options: [{ option: 'allow', label: 'Allow' }, { option: 'allow_always', label: 'Allow, and Do Not Ask Again for Such Commands' }, { option: 'deny', label: 'Deny' }] });
const queued: EventBody[] = Array.from({ length: 8 }, (_, at): EventBody => ({ type: 'queued', send: `q${at}`, text: long(`prompt${at}`), from: 'cli' }));

const states = {
  quiet: { events: gallery, prepare: '' },
  streaming: { events: [...gallery, { type: 'state', state: { is: 'busy' } }] as EventBody[], prepare: `peer.stream('l', ${JSON.stringify(`Some **text** and ${long('word')}. `.repeat(20))});` },
  over: { events: [...gallery, { type: 'state', state: { is: 'exited' } }, { type: 'exited', code: 1 }] as EventBody[],
    prepare: `peer.resumability = { is: 'no', code: 'agent-unusable', reason: ${JSON.stringify(words)} };` },
  all: {
    events: [...gallery, tool(1, long('title')), tool(2, 'Short'), ...lanes, ...queued, { type: 'state', state: { is: 'waiting', for: 'permission' } }, asks(1), asks(2), { type: 'queue_changed', paused: true, from: 'panel' },
      { type: 'log_idle', idle_s: 480, during: 'turn' }, { type: 'renamed', from: 'docs', to: long('label') }] as EventBody[],
    prepare: `peer.problem = ${JSON.stringify(words)}; peer.cwd = '/home/me/${long('folder')}'; peer.stream('l', 'Flushing the **rest** now');`,
  },
} as const;

async function opened(state: keyof typeof states, theme: HarnessTheme = 'dark'): Promise<Page> {
  const { events, prepare } = states[state];
  const { page } = await harness.open({ theme, prepare: `peer.emit(${JSON.stringify(events)}); ${prepare}`, saved: { draft: state === 'quiet' ? '' : `${long('draft')}\n`.repeat(20) } });
  await page.locator('panel-header').waitFor();
  if (state === 'over') await page.getByRole('button', { name: 'Copy Conversation' }).waitFor();
  if (state !== 'all') return page;
  await page.locator('panel-header #lanes').click();
  await page.locator('permission-card').nth(1).waitFor();
  await page.locator('prompt-queue .row').first().waitFor();
  return page;
}

const frames = (page: Page): Promise<void> => page.evaluate(async () => { for (let count = 0; count < 3; count++) await new Promise(requestAnimationFrame); });

/** What matters of the panel's frame, in pixels of the page. */
const frameOf = (page: Page) => page.evaluate(() => {
  const panel = document.querySelector('backstitch-panel')!.shadowRoot!;
  const box = (name: string) => panel.querySelector(name)!.getBoundingClientRect();
  const composer = panel.querySelector('prompt-composer')!.shadowRoot!;
  const [area, send] = ['textarea', '.send'].map((name) => composer.querySelector(name)!.getBoundingClientRect());
  return { height: innerHeight, width: innerWidth, feed: box('conversation-feed').height, header: box('panel-header').bottom, areaTop: area!.top, areaHeight: area!.height, sendBottom: send!.bottom, sendRight: send!.right };
});

const sizes = [[400, 300], [400, 900], [900, 300], [900, 600], [1600, 1000]] as const;
const zooms = [0.5, 1, 1.5, 2] as const;

for (const state of Object.keys(states) as (keyof typeof states)[])
  test(`nothing overprints, the composer is in view and the conversation has half of the height: ${state}`, async (t) => {
    const page = await opened(state);
    t.after(() => page.close());
    for (const [width, height] of sizes) for (const zoom of zooms) {
      await page.setViewportSize({ width: Math.floor(width / zoom), height: Math.floor(height / zoom) });
      await frames(page);
      const at = `${state} at ${width} x ${height}, ${zoom * 100} %`;
      const frame = await frameOf(page);
      assert.ok(frame.feed >= frame.height / 2 - 1, `${at}: the conversation has ${frame.feed} of ${frame.height}`);
      assert.ok(frame.areaHeight >= 18 && frame.areaTop > frame.header && frame.sendBottom <= frame.height && frame.sendRight <= frame.width, `${at}: the composer is whole ${JSON.stringify(frame)}`);
      assert.deepEqual(await page.evaluate(faultsOfLayout), [], at);
    }
  });

test('a request can be answered in the smallest panel', async (t) => {
  const page = await opened('all');
  t.after(() => page.close());
  for (const [width, height] of [[400, 300], [200, 150], [600, 450], [900, 600]] as const) {
    await page.setViewportSize({ width, height });
    await frames(page);
    const allow = page.locator('permission-card').first().locator('vscode-button').first();
    const [button, composer] = [(await allow.boundingBox())!, (await page.locator('prompt-composer').boundingBox())!];
    assert.ok(button.y + button.height <= composer.y + 1, `${JSON.stringify(button)} ${JSON.stringify(composer)}`);
    assert.equal(await allow.evaluate((element) => {
      const { left, top, width, height } = element.getBoundingClientRect();
      let hit = document.elementFromPoint(left + width / 2, top + height / 2);
      while (hit?.shadowRoot && hit !== element) hit = hit.shadowRoot.elementFromPoint(left + width / 2, top + height / 2);
      return hit === element || element.contains(hit);
    }), true, `${width} x ${height}`);
  }
});

test('a name that is too long loses its middle, and never half of a sign', () => {
  assert.deepEqual(headAndTail('src/short.ts'), { head: 'src/short.ts', tail: '' });
  assert.deepEqual(headAndTail('packages/application/source/import.test.ts'), { head: 'packages/application/source/impor', tail: 't.test.ts' });
  const family = '👨‍👩‍👧‍👦';
  const { head, tail } = headAndTail(`${'a'.repeat(40)}${family}${'b'.repeat(5)}`);
  assert.equal(head + tail, `${'a'.repeat(40)}${family}bbbbb`);
  assert.ok(tail.startsWith('a') || tail.startsWith(family) || tail.startsWith('b'), tail);
});

test('a long name shows its end, and is whole to a pointer and a screen reader', async (t) => {
  const page = await opened('all');
  t.after(() => page.close());
  await page.setViewportSize({ width: 400, height: 600 });
  const file = page.locator('[data-block=z1] .file .link');
  assert.equal(await file.getAttribute('title'), `/ws/src/${long('file')}.ts`);
  const tail = file.locator('.cut > span').last();
  assert.equal(await tail.innerText(), 'xx-end.ts');
  const [box, link] = [(await tail.boundingBox())!, (await file.boundingBox())!];
  assert.ok(box.width > 20 && box.x + box.width <= link.x + link.width + 1);
});

test('what the panel looks like when small and busy', async () => {
  for (const theme of ['dark', 'light', 'hc'] as const) for (const state of ['all', 'over'] as const) {
    const page = await opened(state, theme);
    for (const [size, [width, height]] of Object.entries({ small: [400, 300], middle: [600, 450], large: [1000, 800] })) {
      await page.setViewportSize({ width: width!, height: height! });
      await frames(page);
      await page.screenshot({ path: `test-results/small-${state}-${size}-${theme}.png` });
    }
    await page.close();
  }
});
