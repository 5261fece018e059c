/** Scrolling in the real workbench: a panel of ten thousand blocks, an idle page and VS Code's own chat view of two thousand parts, side by side. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { sessionStatus } from '../../src/protocol/protocol.ts';
import { openWorkbench, until, untilTrue, type Workbench } from '../support/workbench.ts';
import { WorkbenchSession } from '../support/workbenchSession.ts';
import { appendRows, historyOf, mixedSteps } from './demoHistory.ts';
import type { Figure } from './floors.ts';
import { figureOf, type FrameTimes, idleFrames, scrolledFrames, wheeledFrames } from './frameTimes.ts';

const blocks = 10_000;
const prompts = 1_000;
/** Rounds of the feed up and down, so that blocks are seen for the first time and again. */
const rounds = 2;
const goal = { p95: 20, max: 50 };

export async function bench(): Promise<Figure[]> {
  const workbench = await openWorkbench({ how: 'installed', settings: { 'chat.disableAIFeatures': false } });
  try {
    const panel = await panelOfMany(workbench);
    const place = await middleOf(workbench, panel);
    const idle = await idleFrames(panel);
    const rows: Figure[] = [figureOf('an idle page', idle)];
    for (let round = 1; round <= rounds; round++) {
      rows.push(scrolled(`panel, ${blocks} blocks: 400 px a frame up${round > 1 ? ', again' : ''}`, await scrolledFrames(panel, -400)));
      rows.push(scrolled(`panel, ${blocks} blocks: 400 px a frame down${round > 1 ? ', again' : ''}`, await scrolledFrames(panel, 400)));
    }
    const ours = await wheeledFrames(workbench.page, place, panel);
    await chatOfMany(workbench);
    const chat = await wheeledFrames(workbench.page, place, workbench.page);
    rows.push(
      figureOf(`panel, ${blocks} blocks: wheel, 240 px each 50 ms`, ours, { text: 'p95 < half of the chat view’s', ok: ours.p95 < chat.p95 / 2 }),
      figureOf(`VS Code’s chat view, ${2 * prompts} parts: wheel, 240 px each 50 ms`, chat),
      figureOf('an idle page, at the end', await idleFrames(workbench.page)),
    );
    return rows;
  } catch (error) {
    await workbench.screenshot('scroll-bench');
    throw error;
  } finally {
    await workbench.dispose();
  }
}

const scrolled = (name: string, times: FrameTimes): Figure =>
  figureOf(name, times, { text: `p95 ≤ ${goal.p95}, max ≤ ${goal.max} ms`, ok: times.p95 <= goal.p95 && times.max <= goal.max });

/** A session of the demo agent with so many blocks of all kinds, shown at its end. */
async function panelOfMany(workbench: Workbench): Promise<Frame> {
  const session = await WorkbenchSession.start(workbench);
  appendRows(historyOf(workbench.env['XDG_DATA_HOME']!), mixedSteps(blocks));
  const { connection } = await workbench.host();
  await untilTrue('all blocks', async () => (await connection.sendRequest(sessionStatus, { session: session.uid })).blocks >= blocks, 120_000);
  const last = `[data-block="b${blocks}"]`;
  await session.panel.locator(last).waitFor({ timeout: 60_000 });
  return session.panel;
}

async function middleOf(workbench: Workbench, panel: Frame): Promise<{ x: number; y: number }> {
  const box = await until('the feed', () => panel.locator('conversation-feed').boundingBox());
  const size = workbench.page.viewportSize()!;
  return { x: Math.min(box.x + box.width / 2, size.width - 50), y: box.y + box.height / 2 };
}

/** The chat view with an imported chat, in the editor area, in place of the panel. */
async function chatOfMany(workbench: Workbench): Promise<void> {
  const file = path.join(workbench.folder, 'chat.json');
  writeFileSync(file, JSON.stringify({ initialLocation: 'panel', responderUsername: 'Copilot', requests: Array.from({ length: prompts }, (_, at) => chatRequest(at)) }));
  await workbench.command('View: Close All Editors');
  const input = workbench.page.locator('.quick-input-widget input.input');
  await workbench.command('Chat: Import Chat');
  await untilTrue('the path of the chat', async () => {
    await input.fill(file, { timeout: 5_000 }).catch(() => undefined);
    return await input.inputValue().catch(() => '') === file;
  });
  await workbench.page.keyboard.press('Enter');
  await workbench.page.locator('.interactive-session .interactive-response', { hasText: `Answer ${prompts - 1}` }).last().waitFor({ timeout: 120_000 });
}

function chatRequest(at: number): unknown {
  const text = `Prompt ${at}`;
  return {
    requestId: `request_${at}`, responseId: `response_${at}`, timestamp: 1_700_000_000_000 + at * 1_000, variableData: { variables: [] }, followups: [], result: {}, isCanceled: false,
    message: { text, parts: [{ kind: 'text', text, range: { start: 0, endExclusive: text.length }, editorRange: { startLineNumber: 1, startColumn: 1, endLineNumber: 1, endColumn: text.length + 1 } }] },
    response: [{ value: `Answer ${at}: **some** words with \`code\`.\n\n- one\n- two\n\n${'The quick brown fox jumps over the lazy dog. '.repeat(3)}`, supportThemeIcons: false, supportHtml: false }],
  };
}
