import type { Frame, Page } from 'playwright-core';
import { type Figure, pause, quantile } from './floors.ts';

/** How far and how often a wheel turns, as a hand does it. */
const wheelPx = 240;
const wheelMs = 50;
const wheelTurns = 80;
const framesAtOnce = 240;

/** Milliseconds from each frame to the next. */
export interface FrameTimes { p50: number; p95: number; max: number }

const timesOf = (gaps: number[]): FrameTimes => ({ p50: quantile(gaps, 0.5), p95: quantile(gaps, 0.95), max: Math.max(...gaps) });
export const said = ({ p50, p95, max }: FrameTimes): string => `p50 ${p50.toFixed(0)}, p95 ${p95.toFixed(0)}, max ${max.toFixed(0)} ms a frame`;

export const figureOf = (name: string, times: FrameTimes, goal?: { text: string; ok: boolean }): Figure =>
  ({ name, figure: said(times), ...(goal && { goal: goal.text, ok: goal.ok }) });

/** Frames of a page on which nothing is done. */
export async function idleFrames(page: Page | Frame): Promise<FrameTimes> {
  return timesOf(await page.evaluate(async (frames) => {
    const gaps: number[] = [];
    let before = await new Promise<number>(requestAnimationFrame);
    for (let n = 0; n < frames; n++) {
      const now = await new Promise<number>(requestAnimationFrame);
      gaps.push(now - before);
      before = now;
    }
    return gaps;
  }, framesAtOnce));
}

/** The panel's feed moves by so many pixels at each frame; `px` below zero: up. */
export async function scrolledFrames(panel: Frame, px: number): Promise<FrameTimes> {
  return timesOf(await panel.evaluate(async ({ frames, px: by }) => {
    const feed = document.querySelector('backstitch-panel')!.shadowRoot!.querySelector('conversation-feed')!;
    const scroller = feed.shadowRoot!.querySelector('.scroll')!;
    const gaps: number[] = [];
    let before = await new Promise<number>(requestAnimationFrame);
    for (let n = 0; n < frames; n++) {
      scroller.scrollTop += by;
      const now = await new Promise<number>(requestAnimationFrame);
      gaps.push(now - before);
      before = now;
    }
    return gaps;
  }, { frames: framesAtOnce, px }));
}

/** The wheel turns over a place of the page, up, then down; frames are those of `frame`. */
export async function wheeledFrames(page: Page, at: { x: number; y: number }, frame: Page | Frame): Promise<FrameTimes> {
  await page.mouse.move(at.x, at.y);
  await frame.evaluate(() => {
    const noted = { gaps: [] as number[], isOver: false };
    Object.assign(window, { noted });
    let before = 0;
    const note = (now: number): void => {
      if (before > 0) noted.gaps.push(now - before);
      before = now;
      if (!noted.isOver) requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
  });
  for (let turn = 0; turn < wheelTurns; turn++) {
    const next = pause(wheelMs);
    void page.mouse.wheel(0, turn < wheelTurns / 2 ? -wheelPx : wheelPx);
    await next;
  }
  return timesOf(await frame.evaluate(() => {
    const { noted } = window as unknown as { noted: { gaps: number[]; isOver: boolean } };
    noted.isOver = true;
    return noted.gaps;
  }));
}
