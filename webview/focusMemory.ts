/**
 * A browser takes the focus off what has it when something outside this page gets it: another editor, the palette. When the page gets it back
 * it is where it was, as long as that is still there: one comes back from a diff to the file in the confirm.
 */
export function rememberFocus(): void {
  /** What lost the focus to nothing in the page; whether the page lost it too is known a moment later. */
  let lost: HTMLElement | null = null;
  let left: HTMLElement | null = null;
  document.addEventListener('focusin', () => { left = null; });
  document.addEventListener('focusout', (event) => {
    const [element] = event.composedPath();
    lost = event.relatedTarget === null && element instanceof HTMLElement ? element : null;
    setTimeout(() => { lost = null; });
  });
  window.addEventListener('blur', () => { left = lost; });
  window.addEventListener('focus', () => {
    if (document.activeElement === document.body && left?.isConnected === true) left.focus({ preventScroll: true });
  });
}
