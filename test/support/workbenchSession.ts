import assert from 'node:assert/strict';
import type { Frame, Locator } from 'playwright-core';
import type { Block, SessionSummary } from '../../src/core/view.ts';
import { sessionList, sessionOpen, sessionStatus } from '../../src/protocol/protocol.ts';
import { until, untilTrue, type Workbench } from './workbench.ts';

/** One session in the workbench: what the host holds of it (the truth) and what its panel shows. */
export class WorkbenchSession {
  readonly workbench: Workbench;
  readonly uid: string;
  panel: Frame;

  constructor(workbench: Workbench, uid: string, panel: Frame) {
    this.workbench = workbench;
    this.uid = uid;
    this.panel = panel;
  }

  /** A new session of the demo agent by the palette; `folder` is picked where VS Code asks for one. */
  static async start(workbench: Workbench, folder?: string): Promise<WorkbenchSession> {
    const before = new Set((await sessionsOf(workbench)).map(({ uid }) => uid));
    await workbench.commandAndPick('Backstitch: New Session', 'Demo agent');
    if (folder !== undefined) await workbench.pick(folder);
    const uid = await until('the new session', async () => (await sessionsOf(workbench)).find((each) => !before.has(each.uid))?.uid);
    const { id } = await (await workbench.host()).connection.sendRequest(sessionStatus, { session: uid });
    // Its own panel, not one that is about to give way to it. It takes the focus at last; what is opened before that would lose it.
    const panel = await until('the focus in the composer of the new session', async () => {
      for (const frame of workbench.page.frames()) {
        const isIts = await frame.locator(`panel-header [data-id=${JSON.stringify(id)}]`).first().isVisible().catch(() => false);
        if (isIts && await frame.locator('prompt-composer textarea:focus').count().catch(() => 0) > 0) return frame;
      }
      return null;
    });
    const session = new WorkbenchSession(workbench, uid, panel);
    await session.untilIdle();
    return session;
  }

  /** The only session there is, shown in `panel`. */
  static async adopt(workbench: Workbench, panel: Frame): Promise<WorkbenchSession> {
    const session = new WorkbenchSession(workbench, (await sessionsOf(workbench))[0]!.uid, panel);
    await session.untilIdle();
    return session;
  }

  async summary(): Promise<SessionSummary> {
    return (await this.workbench.host()).connection.sendRequest(sessionStatus, { session: this.uid });
  }

  async blocks(): Promise<Block[]> {
    return (await (await this.workbench.host()).connection.sendRequest(sessionOpen, { session: this.uid, blocks: 500 })).page.blocks;
  }

  untilIdle(): Promise<void> {
    return this.untilState('idle');
  }

  untilState(is: SessionSummary['state']['is']): Promise<void> {
    return untilTrue(`an agent that is ${is}`, async () => (await this.summary()).state.is === is);
  }

  /** Types a prompt into the composer and sends it. */
  async prompt(text: string): Promise<void> {
    const composer = this.panel.locator('prompt-composer textarea');
    await composer.click();
    await composer.fill(text);
    await composer.press('Enter');
  }

  /** The panel in view after a command has opened it. */
  async reopened(): Promise<Frame> {
    return (this.panel = await this.workbench.panel('[data-block]'));
  }

  /** Waits until the panel shows the steps that the host has, in their order and each once. */
  async showsAll(): Promise<void> {
    const expected = (await this.blocks()).map(({ block }) => block);
    const shown = () => this.panel.locator('[data-block]').evaluateAll((items) => items.map((item) => item.getAttribute('data-block')));
    await untilTrue('the panel to show what the host has', async () => JSON.stringify(await shown()) === JSON.stringify(expected)).catch(async () => {
      assert.deepEqual(await shown(), expected);
    });
  }
}

/** All sessions of the host; none while nobody has started one. */
async function sessionsOf(workbench: Workbench): Promise<SessionSummary[]> {
  const host = await workbench.runningHost();
  return host ? host.connection.sendRequest(sessionList, { all: true }) : [];
}

/** Answers VS Code's modal question. @returns its text */
export async function answerModal(workbench: Workbench, button: string): Promise<string> {
  const dialog = workbench.page.locator('.monaco-dialog-box');
  await dialog.waitFor();
  const text = await dialog.innerText();
  await dialog.locator('.monaco-button', { hasText: new RegExp(`^${button}$`) }).click();
  await dialog.waitFor({ state: 'detached' });
  return text;
}

/** A row of the Backstitch view by the beginning of what a screen reader says of it. */
export const treeRow = (workbench: Workbench, label: string): Locator =>
  workbench.page.locator(`.pane-body .monaco-list-row[aria-label^="${label}"]`).first();

/** The view in front, if it is not there yet. */
export async function showView(workbench: Workbench): Promise<void> {
  await workbench.command('Backstitch: Focus on Sessions View');
  await workbench.page.locator('.sidebar .composite.title', { hasText: 'Backstitch' }).waitFor();
}
