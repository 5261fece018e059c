/**
 * VS Code takes the focus off what has it when another editor gets it. When the panel gets it back it is where it was, as long as that is
 * still there: one comes back from a diff to the file in the confirm.
 */
export function rememberFocus(): void {
  let last: HTMLElement | null = null;
  document.addEventListener('focusin', (event) => {
    const [element] = event.composedPath();
    last = element instanceof HTMLElement ? element : null;
  });
  // A click beside everything means that nothing is to have it.
  document.addEventListener('pointerdown', () => { last = null; }, { capture: true });
  window.addEventListener('focus', () => {
    if (document.activeElement === document.body && last?.isConnected === true) last.focus({ preventScroll: true });
  });
}
