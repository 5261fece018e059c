/** The panel in headless Chromium: how soon a long session shows, what a token costs, and how big the script is. */
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { bundle, startHarness } from '../webview/harness.ts';
import type { Harness } from '../webview/harness.ts';

interface Figure { name: string; figure: string; ratio?: number; goal?: string; ok?: boolean }

const rounds = 5;
const tokens = 60;

const emitMany = (count: number): string => `const bodies = [];
for (let n = 1; n <= ${count}; n++) bodies.push({ type: 'block', block: 'b' + n, lane: 'main', after: n === 1 ? null : 'b' + (n - 1), turn: 't' + Math.ceil(n / 10), ...(n % 10 === 1 ? { kind: 'prompt', text: 'Prompt ' + n, source: 'typed' } : n % 3 === 0 ? { kind: 'tool', tool: 'Bash', tool_kind: 'execute', call: 'c' + n, title: 'npm test', input: { command: 'npm test' }, result: { status: 'completed', text: 'ok\\n'.repeat(8) } } : { kind: 'text', text: 'Answer **' + n + '** of some words,\\n\\n- one\\n- two' }) });
peer.emit(bodies);`;

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Milliseconds from the start of the panel's script to the frame that shows the newest block. */
async function firstContent(harness: Harness, count: number): Promise<number> {
  const { page } = await harness.open({ prepare: `${emitMany(count)}
    window.began = performance.now();
    const look = () => {
      const feed = document.querySelector('backstitch-panel')?.shadowRoot?.querySelector('conversation-feed')?.shadowRoot;
      if (feed?.querySelector('[data-block="b${count}"]')) requestAnimationFrame(() => { window.shownMs = performance.now() - window.began; });
      else requestAnimationFrame(look);
    };
    look();` });
  await page.waitForFunction(() => 'shownMs' in window);
  const ms = await page.evaluate(() => (window as unknown as { shownMs: number }).shownMs);
  await page.close();
  return ms;
}

async function pageWithAll(harness: Harness, count: number): Promise<Page> {
  const { page } = await harness.open({ prepare: emitMany(count) });
  await page.locator(`[data-block=b${count}]`).waitFor();
  await page.evaluate(() => window.peer.command('confirmSeam', 's2'));
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.evaluate(() => window.peer.stream('warm', 'warm'));
  const latest = page.getByRole('button', { name: 'Jump to Latest' });
  await latest.click();
  await page.locator('live-tail .item').waitFor();
  await page.evaluate(() => window.peer.stream('warm', null));
  return page;
}

/** Busy milliseconds of the page's main thread per streamed token, a token a frame. */
async function tokenCost(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const busy = async (): Promise<number> => (await session.send('Performance.getMetrics')).metrics.find((metric) => metric.name === 'TaskDuration')!.value * 1000;
  const before = await busy();
  await page.evaluate(async (count) => {
    let text = '';
    for (let n = 0; n < count; n++) {
      text += `word${n} `;
      window.peer.stream('l', text);
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    window.peer.stream('l', null);
  }, tokens);
  const cost = ((await busy()) - before) / tokens;
  await session.detach();
  return cost;
}

export async function bench(): Promise<Figure[]> {
  const harness = await startHarness();
  try {
    const kilobytes = gzipSync(await bundle('webview/main.ts', {}, true), { level: 9 }).length / 1024;
    const small: number[] = [];
    const large: number[] = [];
    for (let round = 0; round < rounds; round++) {
      small.push(await firstContent(harness, 100));
      large.push(await firstContent(harness, 10_000));
    }
    const pages = [await pageWithAll(harness, 100), await pageWithAll(harness, 10_000)] as const;
    const costs = { few: [] as number[], many: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      costs.few.push(await tokenCost(pages[0]));
      costs.many.push(await tokenCost(pages[1]));
    }
    const tokenRatio = median(costs.few.map((few, round) => costs.many[round]! / few));
    return [
      { name: 'panel script, gzip', figure: `${kilobytes.toFixed(1)} KB`, goal: '≤ 250 KB', ok: kilobytes <= 250 },
      { name: 'panel: first content at 10,000 blocks', figure: `${median(large).toFixed(0)} ms (at 100: ${median(small).toFixed(0)} ms)`, ratio: median(small.map((one, round) => large[round]! / one)), goal: '≤ 300 ms', ok: median(large) <= 300 },
      { name: 'panel: streamed token, all 10,000 blocks loaded (W2)', figure: `${median(costs.many).toFixed(2)} ms busy (at 100: ${median(costs.few).toFixed(2)} ms)`, ratio: tokenRatio, goal: '≤ 1.3× that at 100', ok: tokenRatio <= 1.3 },
    ];
  } finally {
    await harness.close();
  }
}
