/** Where the focus is: a row (by its prompt) and what in it, by `data-control`. */
export interface FocusPlace {
  send: string;
  index: number;
  control: string;
}

const rowsIn = (root: ParentNode): HTMLElement[] => [...root.querySelectorAll<HTMLElement>('.row')];

/** Null: the focus is elsewhere. */
export function focusPlaceIn(root: ShadowRoot): FocusPlace | null {
  const at = root.activeElement as HTMLElement | null;
  if (at === null) return null;
  const row = at.closest<HTMLElement>('.row');
  return { send: row?.dataset['send'] ?? '', index: row === null ? 0 : rowsIn(root).indexOf(row), control: at.dataset['control'] ?? 'row' };
}

/** Into a row, and there to what is named, as far as it is there. */
export function focusOn(root: ParentNode, send: string, control: string): void {
  const row = rowsIn(root).find((one) => one.dataset['send'] === send);
  // The tools are laid out once the focus is in their row.
  row?.focus();
  const at = row?.querySelector<HTMLElement>(`[data-control=${control}]`) ?? row?.querySelector<HTMLElement>('textarea');
  at?.focus();
  if (at instanceof HTMLTextAreaElement) at.setSelectionRange(at.value.length, at.value.length);
  row?.scrollIntoView({ block: 'nearest' });
}

/** Up and down from row to row, left and right between a row and its tools. @returns whether there was somewhere to go */
export function stepFocus(root: ParentNode, key: string, at: HTMLElement, row: HTMLElement): boolean {
  const rows = rowsIn(root);
  const index = rows.indexOf(row);
  const tools = [row, ...row.querySelectorAll<HTMLElement>('.tools button')];
  const next = {
    ArrowUp: rows[index - 1], ArrowDown: rows[index + 1], Home: rows[0], End: rows.at(-1), Escape: at === row ? undefined : row,
    ArrowRight: tools[tools.indexOf(at) + 1], ArrowLeft: tools[tools.indexOf(at) - 1],
  }[key];
  next?.focus();
  return next !== undefined;
}
