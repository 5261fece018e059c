/** The extension in the real workbench: how soon it is active, how soon a row that an agent writes is painted, how soon a long session shows. */
import { statSync } from 'node:fs';
import type { Frame } from 'playwright-core';
import { sessionList, sessionOpen, sessionStatus } from '../../src/protocol/protocol.ts';
import { openWorkbench, until, untilTrue, type Workbench } from '../support/workbench.ts';
import { appendRows, demoSteps, historyOf } from './demoHistory.ts';
import { type Figure, median, ms, quantile } from './floors.ts';

const reloads = 3;
const rowsPainted = 60;
const openings = 5;
const manyBlocks = 10_000;
const goalsMs = { activation: 80, painted: 150, opened: 300 };

export async function bench(): Promise<Figure[]> {
  const workbench = await openWorkbench({ how: 'installed' });
  try {
    await workbench.page.addInitScript(noteFirstContent);
    const activation = await activations(workbench);
    await startSession(workbench);
    const history = historyOf(workbench.env['XDG_DATA_HOME']!);
    const painted = await paintings(workbench, history);
    const opened = await firstContents(workbench, history);
    return [
      { name: `activation, as VS Code tells it (median of ${reloads} window reloads)`, ...figure(median(activation), ` (${activation.join(', ')})`, goalsMs.activation) },
      { name: `row on disk → block painted in the panel (${rowsPainted} rows)`, ...figure(quantile(painted, 0.95), ` p95, ${ms(median(painted))} p50`, goalsMs.painted, 'p95 ') },
      { name: `${manyBlocks.toLocaleString('en')} blocks: command → first content painted (median of ${openings})`, ...figure(median(opened.all), ` (of which until the page's script ran: ${ms(median(opened.page))})`, goalsMs.opened) },
    ];
  } finally {
    await workbench.dispose();
  }
}

const figure = (value: number, more: string, goal: number, of = ''): Omit<Figure, 'name'> => ({ figure: `${ms(value)}${more}`, goal: `${of}≤ ${goal} ms`, ok: value <= goal });

/** Loading the code and the call of activate(), from VS Code's list of running extensions. */
async function activations(workbench: Workbench): Promise<number[]> {
  const found: number[] = [];
  const usual = workbench.page.viewportSize()!;
  // Its list draws only the rows in view.
  await workbench.page.setViewportSize({ width: 1400, height: 2_000 });
  for (let round = 0; round < reloads; round++) {
    if (round > 0) {
      await workbench.command('Developer: Reload Window');
      await workbench.page.waitForEvent('load');
      await workbench.untilReady();
    }
    await workbench.command('Developer: Show Running Extensions');
    const row = workbench.page.locator('.runtime-extensions-editor .extension', { hasText: 'Backstitch' }).first();
    const text = await until('the time of activation', async () => /(\d+)ms/.exec(await row.locator('.activation-time').textContent({ timeout: 1_000 }).catch(() => '') ?? '')?.[1]);
    found.push(Number(text));
    // It lies over the workbench, and takes the keys.
    await workbench.page.keyboard.press('Escape');
    await row.waitFor({ state: 'detached' });
  }
  await workbench.page.setViewportSize(usual);
  return found;
}

async function startSession(workbench: Workbench): Promise<void> {
  await workbench.command('Backstitch: New Session');
  await workbench.pick('Demo agent');
  await workbench.panel();
  await workbench.untilTerminal(/Demo agent 1\.0\.0/);
}

const uidOf = async (workbench: Workbench): Promise<string> => (await (await workbench.host()).connection.sendRequest(sessionList, { all: true }))[0]!.uid;

/** Rows as the agent would write them, one after the other. The file's own time is the start, the frame after the block is there the end. */
async function paintings(workbench: Workbench, history: string): Promise<number[]> {
  const panel = await workbench.panel();
  const found: number[] = [];
  let parent: string | null = null;
  for (const row of demoSteps(rowsPainted + 1, null)) {
    if (!('parent' in row)) continue;
    const painted = nextPainting(panel);
    await panel.evaluate(() => undefined); // the watch below is in place
    appendRows(history, [{ ...row, parent }]);
    const { mtimeMs } = statSync(history);
    found.push(await painted - mtimeMs);
    parent = row.id;
  }
  return found.slice(1); // the first one also makes the list
}

/** Wall-clock time of the frame that shows another last block. */
function nextPainting(panel: Frame): Promise<number> {
  return panel.evaluate(() => new Promise<number>((resolve) => {
    const feed = () => document.querySelector('backstitch-panel')?.shadowRoot?.querySelector('conversation-feed')?.shadowRoot;
    const last = () => [...feed()?.querySelectorAll('[data-block]') ?? []].at(-1)?.getAttribute('data-block') ?? null;
    const before = last();
    const look = () => {
      if (last() !== before) requestAnimationFrame(() => resolve(Date.now()));
      else requestAnimationFrame(look);
    };
    look();
  }));
}

/** The command by its key; the panel was closed before. */
async function firstContents(workbench: Workbench, history: string): Promise<{ all: number[]; page: number[] }> {
  const uid = await uidOf(workbench);
  const { connection } = await workbench.host();
  const { page: { blocks } } = await connection.sendRequest(sessionOpen, { session: uid, blocks: 1 });
  appendRows(history, demoSteps(manyBlocks, blocks.at(-1)?.native?.id ?? null));
  await untilTrue('all blocks', async () => (await connection.sendRequest(sessionStatus, { session: uid })).blocks >= manyBlocks, 120_000);
  const found = { all: [] as number[], page: [] as number[] };
  for (let round = 0; round < openings; round++) {
    await workbench.command('View: Close All Editors');
    await untilTrue('the panel to go', async () => await workbench.page.locator('.editor-group-container .tab').count() === 0);
    const row = workbench.page.locator('.quick-input-list .monaco-list-row[aria-label^="Backstitch: Open Conversation"]').first();
    await workbench.openPalette('Backstitch: Open Conversation');
    await row.waitFor();
    await workbench.page.evaluate(() => addEventListener('keydown', () => Object.assign(window, { commandAt: Date.now() }), { capture: true, once: true }));
    await workbench.page.keyboard.press('Enter');
    const from = await workbench.page.evaluate(() => (window as unknown as { commandAt: number }).commandAt);
    const panel = await workbench.panel('[data-block]');
    const times = await until('the first content', () => panel.evaluate(() => {
      const { firstContent } = window as unknown as { firstContent?: { script: number; painted: number } };
      return firstContent && firstContent.painted > 0 ? firstContent : null;
    }));
    found.all.push(times.painted - from);
    found.page.push(times.script - from);
  }
  return found;
}

/** Runs in every frame before its page: notes when a panel's page starts and when it has painted its first block. By a timer, because VS Code writes the page anew, which ends frames that were asked for. */
function noteFirstContent(): void {
  if (window.top === window) return;
  const noted = { script: 0, painted: 0 };
  Object.assign(window, { firstContent: noted });
  const timer = setInterval(() => {
    const panel = document.querySelector('backstitch-panel')?.shadowRoot;
    if (panel && noted.script === 0) noted.script = Date.now();
    if (!panel?.querySelector('conversation-feed')?.shadowRoot?.querySelector('[data-block]')) return;
    clearInterval(timer);
    requestAnimationFrame(() => { noted.painted = Date.now(); });
  }, 4);
}
