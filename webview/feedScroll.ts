/** An element and where it stood, at which scroll position. */
interface Anchor { element: Element; top: number; scrollTop: number }

/** A block and how far below the upper edge of the view it stands; for finding the place again. */
export interface Place {
  block: string;
  offsetPx: number;
}

/** Closer than this to the bottom counts as at the bottom. */
const bottomSlackPx = 24;
/** Room that a thing shown whole keeps to the edges of the view. */
const marginPx = 8;

/**
 * Where the feed stands. At the bottom it follows what comes; scrolled away, what is first in view stays where it is when something above
 * it changes its height.
 */
export class FeedScroll {
  readonly #scroller: HTMLElement;
  readonly #boxes: () => readonly HTMLElement[];
  readonly #onBottom: (atBottom: boolean) => void;
  #isAtBottom = true;
  /** Where the bottom was when the feed last went there. */
  #bottom = 0;
  #anchor: Anchor | null = null;
  /** What is kept in view as a whole while it grows, until the person scrolls. */
  #kept: { element: Element; scrollTop: number } | null = null;

  constructor(scroller: HTMLElement, boxes: () => readonly HTMLElement[], onBottom: (atBottom: boolean) => void) {
    this.#scroller = scroller;
    this.#boxes = boxes;
    this.#onBottom = onBottom;
  }

  get top(): number {
    return this.#scroller.scrollTop;
  }

  /** To be called at each scroll event. */
  scrolled(): void {
    if (this.#kept !== null && Math.abs(this.#kept.scrollTop - this.#scroller.scrollTop) > 1) this.#kept = null;
    // What came below since the feed went to the bottom is no scrolling away from it.
    if (this.#isAtBottom && this.#scroller.scrollTop >= this.#bottom - 1) return this.stick();
    // First what the browser moved because something shrank: it may have gone to the bottom by that.
    this.#settle();
    this.#look();
    if (this.#isAtBottom) this.#anchor = null;
    else this.#anchor ??= this.#firstInView();
  }

  /** To be called when something has changed its height: the feed, or what is in it. */
  resized(): void {
    this.#settle();
    if (this.#kept === null) this.stick();
    else this.show(this.#kept.element, true);
    // Where all fits there is nothing to scroll, and no scroll event that would tell.
    if (this.#scroller.scrollHeight <= this.#scroller.clientHeight) this.#look();
  }

  /** Stays at the bottom if it was there. */
  stick(): void {
    if (!this.#isAtBottom || this.#kept !== null) return;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#bottom = this.#scroller.scrollTop;
  }

  toBottom(): void {
    this.#kept = null;
    this.#anchor = null;
    this.#set(true);
    this.stick();
  }

  /** Brings an element into view as a whole, or from its beginning if it is too high; with `keep` also when it grows later. */
  show(element: Element, keep = false): void {
    if (!element.isConnected) return this.release();
    const view = this.#scroller.getBoundingClientRect();
    const { top, bottom } = element.getBoundingClientRect();
    const above = top - marginPx - view.top;
    const below = bottom + marginPx - view.bottom;
    if (above < 0 || below > 0) this.#scroller.scrollTop += above < 0 ? above : Math.min(above, below);
    if (keep) this.#kept = { element, scrollTop: this.#scroller.scrollTop };
    this.#look();
    this.#anchor = this.#firstInView();
  }

  /** What was kept in view has been closed. */
  release(): void {
    if (this.#kept === null) return;
    this.#kept = null;
    this.#look();
  }

  /** Where one is, unless that is the bottom. */
  get place(): Place | null {
    if (this.#isAtBottom) return null;
    const edge = this.#scroller.getBoundingClientRect().top;
    for (const box of this.#boxes())
      for (const item of box.querySelectorAll<HTMLElement>('[data-block]')) {
        const { top, bottom } = item.getBoundingClientRect();
        if (bottom > edge) return { block: item.dataset['block']!, offsetPx: Math.round(top - edge) };
      }
    return null;
  }

  /** Puts an element where it stood. */
  restore(element: Element, offsetPx: number): void {
    this.#kept = null;
    this.#set(false);
    const top = this.#scroller.getBoundingClientRect().top + offsetPx;
    this.#scroller.scrollTop += element.getBoundingClientRect().top - top;
    // What was just drawn has not its height yet: the element is put there again when it has.
    this.#anchor = { element, top, scrollTop: this.#scroller.scrollTop };
  }

  #look(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    this.#set(scrollHeight - scrollTop - clientHeight <= bottomSlackPx);
  }

  #set(atBottom: boolean): void {
    if (atBottom === this.#isAtBottom) return;
    this.#isAtBottom = atBottom;
    this.#onBottom(atBottom);
  }

  #firstInView(): Anchor | null {
    const scroller = this.#scroller;
    const { top: edge } = scroller.getBoundingClientRect();
    for (const box of this.#boxes())
      for (const element of box.children) {
        const { top, bottom } = element.getBoundingClientRect();
        if (bottom > edge) return { element, top, scrollTop: scroller.scrollTop };
      }
    return null;
  }

  /** Takes back what the anchor moved by other than scrolling. Runs before the frame is painted, so that nothing is seen to jump. */
  #settle(): void {
    const anchor = this.#anchor;
    if (anchor?.element.isConnected === true) {
      const expected = anchor.top - (this.#scroller.scrollTop - anchor.scrollTop);
      const moved = anchor.element.getBoundingClientRect().top - expected;
      if (Math.abs(moved) >= 1) this.#scroller.scrollTop += moved;
    }
    this.#anchor = this.#isAtBottom ? null : this.#firstInView();
  }
}
