/** Fires `shown`: something was opened by hand, and the feed brings all of it into view. */
export const tellShown = (element: Element): boolean => element.dispatchEvent(new Event('shown', { bubbles: true, composed: true }));

/** The same for a `<details>`, at its toggle event. */
export const toggled = ({ target }: Event): void => {
  if (target instanceof HTMLDetailsElement && target.open) tellShown(target);
};
