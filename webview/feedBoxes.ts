import { nothing, render } from 'lit';
import type { TemplateResult } from 'lit';
import { sameSection } from './model/feedItems.ts';
import type { FeedSection } from './model/feedItems.ts';

interface Box {
  section: FeedSection;
  readonly element: HTMLElement;
  isFilled: boolean;
  isNear: boolean;
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
const alwaysFilled = 2;

/**
 * The feed's sections as boxes that are filled as they come near the view and emptied, keeping their height, as they go. Each box is a
 * template of its own: drawing one costs the same however many there are.
 */
export class FeedBoxes {
  readonly #parent: HTMLElement;
  readonly #drawing: BoxDrawing;
  readonly #observer: IntersectionObserver;
  readonly #boxes = new Map<number, Box>();

  constructor(parent: HTMLElement, scroller: HTMLElement, drawing: BoxDrawing) {
    this.#parent = parent;
    this.#drawing = drawing;
    this.#observer = new IntersectionObserver((entries) => this.#onSeen(entries), { root: scroller, rootMargin: `${marginPx}px 0px` });
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
      if (index >= sections.length - alwaysFilled || box.isNear) this.#fill(box, changed);
      else if (changed && box.isFilled) this.#fill(box, true);
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
    this.#observer.disconnect();
    for (const [number, box] of this.#boxes) this.#remove(number, box);
  }

  #create(section: FeedSection, before: HTMLElement | null): Box {
    const element = document.createElement('div');
    element.className = 'section';
    element.dataset['section'] = String(section.number);
    const box: Box = { section, element, isFilled: false, isNear: false, isAwaited: false, heightPx: section.items.filter(({ is }) => is !== 'seam').length * guessedLinePx };
    element.style.height = `${box.heightPx}px`;
    this.#parent.insertBefore(element, before);
    this.#boxes.set(section.number, box);
    this.#observer.observe(element);
    return box;
  }

  #remove(number: number, box: Box): void {
    this.#observer.unobserve(box.element);
    render(nothing, box.element);
    box.element.remove();
    this.#boxes.delete(number);
  }

  #fill(box: Box, changed: boolean): void {
    if (box.isFilled && !changed) return;
    box.isFilled = true;
    box.element.style.height = '';
    render(this.#drawing.draw(box.section), box.element);
    this.#drawing.drawn(box.element);
  }

  #empty(box: Box): void {
    box.heightPx = box.element.offsetHeight;
    box.isFilled = false;
    box.element.style.height = `${box.heightPx}px`;
    render(nothing, box.element);
  }

  #onSeen(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const box = this.#boxes.get(Number((target as HTMLElement).dataset['section']));
      if (box === undefined) continue;
      box.isNear = isIntersecting;
      if (!isIntersecting) continue;
      box.isAwaited = false;
      this.#fill(box, false);
    }
    const last = [...this.#boxes.keys()].toSorted((a, b) => a - b).slice(-alwaysFilled);
    for (const [number, box] of this.#boxes)
      if (box.isFilled && !box.isNear && !box.isAwaited && !last.includes(number) && !this.#drawing.mustStay(box.element)) this.#empty(box);
  }
}
