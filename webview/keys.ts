/** An Enter that means “done”: no new line is asked for, and no input method is composing (229 is what browsers report for the Enter that ends that). */
export const isPlainEnter = (event: KeyboardEvent): boolean => event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229;

/** An Escape of its own: not held down, and not the one that ends the composing of an input method. */
export const isPlainEscape = (event: KeyboardEvent): boolean =>
  event.key === 'Escape' && !event.repeat && !event.isComposing && event.keyCode !== 229 && !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey;
