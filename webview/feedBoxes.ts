import { nothing, render } from 'lit';
import type { TemplateResult } from 'lit';
import { sameSection } from './model/feedItems.ts';
import type { FeedSection } from './model/feedItems.ts';

interface Box {
  section: FeedSection;
  readonly element: HTMLElement;
  isFilled: boolean;
  /** What it stands for differs from what is drawn. */
  isStale: boolean;
  isNear: boolean;
  isInView: boolean;
  /** Filled to be scrolled to: what was seen before that says nothing of it. */
  isAwaited: boolean;
  heightPx: number;
}

export interface BoxDrawing {
  draw(section: FeedSection): TemplateResult;
  /** Called after a box was filled or drawn anew. */
  drawn(element: HTMLElement): void;
  /** A box that must stay filled although it is far away: it holds the focus or an open confirm. */
  mustStay(element: HTMLElement): boolean;
}

/** A guess for a line that was never drawn; only the scroll bar's size depends on it. */
const guessedLinePx = 56;
/** How far outside the view sections are filled. */
const marginPx = 1200;
/** The last sections are always filled, so that the newest is there at once after a jump. */
const alwaysFilled = 5;
/** So long are sections filled in a frame that are not in view yet; what is beyond that waits for the next frame. */
const budgetMs = 5;

/**
 * The feed's sections as boxes that are filled as they come near the view and emptied, keeping their height, as they go. Each box is a
 * template of its own: drawing one costs the same however many there are. What is in view is filled at once, what is near in the frames after,
 * the nearest to the view first.
 */
export class FeedBoxes {
  readonly #parent: HTMLElement;
  readonly #drawing: BoxDrawing;
  readonly #near: IntersectionObserver;
  readonly #inView: IntersectionObserver;
  readonly #boxes = new Map<number, Box>();
  /** Those that are near and to be filled, or drawn anew, when there is time. */
  readonly #waiting = new Set<Box>();
  #isPumping = false;

  constructor(parent: HTMLElement, scroller: HTMLElement, drawing: BoxDrawing) {
    this.#parent = parent;
    this.#drawing = drawing;
    this.#near = new IntersectionObserver((entries) => this.#onNear(entries), { root: scroller, rootMargin: `${marginPx}px 0px` });
    this.#inView = new IntersectionObserver((entries) => this.#onInView(entries), { root: scroller });
  }

  /** Shows these sections and no others; draws only those that are filled and differ. */
  show(sections: readonly FeedSection[]): void {
    const wanted = new Set(sections.map((section) => section.number));
    for (const [number, box] of this.#boxes) if (!wanted.has(number)) this.#remove(number, box);
    let next: HTMLElement | null = null;
    for (let index = sections.length - 1; index >= 0; index--) {
      const section = sections[index]!;
      const box: Box = this.#boxes.get(section.number) ?? this.#create(section, next);
      const changed = !sameSection(box.section, section);
      box.section = section;
      if (index >= sections.length - alwaysFilled || box.isInView) this.#fill(box, changed);
      else if (box.isNear || box.isFilled) this.#fillLater(box, changed);
      next = box.element;
    }
  }

  /** Draws every filled box anew: something that all of them depend on has changed. */
  redraw(): void {
    for (const box of this.#boxes.values()) if (box.isFilled) this.#fill(box, true);
  }

  /** Fills a section that may be far away, so that what is in it can be scrolled to; null when there is no such section. */
  reveal(number: number): HTMLElement | null {
    const box = this.#boxes.get(number);
    if (box === undefined) return null;
    box.isAwaited = !box.isNear;
    this.#fill(box, false);
    return box.element;
  }

  /** The filled boxes, oldest first. */
  get filled(): HTMLElement[] {
    return [...this.#boxes.values()].filter((box) => box.isFilled).toSorted((a, b) => a.section.number - b.section.number).map((box) => box.element);
  }

  dispose(): void {
    this.#near.disconnect();
    this.#inView.disconnect();
    for (const [number, box] of this.#boxes) this.#remove(number, box);
  }

  #create(section: FeedSection, before: HTMLElement | null): Box {
    const element = document.createElement('div');
    element.className = 'section';
    element.dataset['section'] = String(section.number);
    const box: Box = { section, element, isFilled: false, isNear: false, isInView: false, isAwaited: false, isStale: false, heightPx: section.items.filter(({ is }) => is !== 'seam').length * guessedLinePx };
    element.style.height = `${box.heightPx}px`;
    this.#parent.insertBefore(element, before);
    this.#boxes.set(section.number, box);
    this.#near.observe(element);
    this.#inView.observe(element);
    return box;
  }

  #remove(number: number, box: Box): void {
    this.#waiting.delete(box);
    this.#near.unobserve(box.element);
    this.#inView.unobserve(box.element);
    render(nothing, box.element);
    box.element.remove();
    this.#boxes.delete(number);
  }

  #fill(box: Box, changed: boolean): void {
    this.#waiting.delete(box);
    if (box.isFilled && !changed && !box.isStale) return;
    box.isFilled = true;
    box.isStale = false;
    box.element.style.height = '';
    render(this.#drawing.draw(box.section), box.element);
    this.#drawing.drawn(box.element);
  }

  #fillLater(box: Box, changed: boolean): void {
    if (changed) box.isStale = true;
    if (box.isFilled && !box.isStale) return;
    this.#waiting.add(box);
    if (this.#isPumping) return;
    this.#isPumping = true;
    requestAnimationFrame(() => this.#pump());
  }

  /** At least one a frame, so that it ends. */
  #pump(): void {
    const until = performance.now() + budgetMs;
    do {
      const next = this.#nextWaiting();
      if (next === null) break;
      this.#fill(next, false);
    } while (performance.now() < until);
    this.#isPumping = this.#waiting.size > 0;
    if (this.#isPumping) requestAnimationFrame(() => this.#pump());
  }

  #nextWaiting(): Box | null {
    const seen = [...this.#boxes.values()].filter(({ isInView }) => isInView).map(({ section }) => section.number);
    const middle = seen.length === 0 ? Infinity : (Math.min(...seen) + Math.max(...seen)) / 2;
    let nearest: Box | null = null;
    const distanceOf = ({ section }: Box): number => (middle === Infinity ? -section.number : Math.abs(section.number - middle));
    for (const box of this.#waiting) if (nearest === null || distanceOf(box) < distanceOf(nearest)) nearest = box;
    return nearest;
  }

  #empty(box: Box, heightPx: number): void {
    box.heightPx = heightPx;
    box.isFilled = false;
    box.isStale = false;
    this.#waiting.delete(box);
    box.element.style.height = `${heightPx}px`;
    render(nothing, box.element);
  }

  #boxOf(element: Element): Box | undefined {
    return this.#boxes.get(Number((element as HTMLElement).dataset['section']));
  }

  #onInView(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const box = this.#boxOf(target);
      if (box === undefined) continue;
      box.isInView = isIntersecting;
      if (isIntersecting) this.#fill(box, false);
    }
  }

  #onNear(entries: IntersectionObserverEntry[]): void {
    const heights = new Map<Box, number>();
    for (const { target, isIntersecting, boundingClientRect } of entries) {
      const box = this.#boxOf(target);
      if (box === undefined) continue;
      heights.set(box, boundingClientRect.height);
      box.isNear = isIntersecting;
      if (!isIntersecting) continue;
      box.isAwaited = false;
      this.#fillLater(box, false);
    }
    this.#emptyFar(heights);
  }

  /** Their heights are read before any is changed: else each would have the page laid out again. */
  #emptyFar(heights: ReadonlyMap<Box, number>): void {
    const last = [...this.#boxes.keys()].toSorted((a, b) => a - b).slice(-alwaysFilled);
    const far = [...this.#boxes.values()].filter((box) => box.isFilled && !box.isNear && !box.isAwaited && !last.includes(box.section.number))
      .filter(({ element }) => !this.#drawing.mustStay(element));
    for (const [box, heightPx] of far.map((box) => [box, heights.get(box) ?? box.element.offsetHeight] as const)) this.#empty(box, heightPx);
  }
}
