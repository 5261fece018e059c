/** Columns and rows of a terminal. */
export interface Size {
  cols: number;
  rows: number;
}

/**
 * Which of several views' sizes a session's terminal has: that of the view that was used last (attached, typed in, or resized while it was
 * the last), as in tmux. When it goes away the one used before it decides.
 */
export class ViewSizes {
  /** The view used last is last. */
  #views = new Map<object, Size>();

  /** The size that holds now; null without a view. */
  get current(): Size | null {
    return [...this.#views.values()].at(-1) ?? null;
  }

  attach(view: object, size: Size): void {
    this.#views.delete(view);
    this.#views.set(view, size);
  }

  /** A view that is not in use changes its size for later. */
  resize(view: object, size: Size): void {
    if (this.#views.has(view)) this.#views.set(view, size);
  }

  used(view: object): void {
    const size = this.#views.get(view);
    if (size) this.attach(view, size);
  }

  detach(view: object): void {
    this.#views.delete(view);
  }
}
