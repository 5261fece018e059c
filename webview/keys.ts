/** An Enter that means “done”: no new line is asked for, and no input method is composing (229 is what browsers report for the Enter that ends that). */
export const isPlainEnter = (event: KeyboardEvent): boolean => event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
