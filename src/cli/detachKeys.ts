const leader = '\x1c';

/** What a person typed, split into what the agent gets and whether they asked to detach. */
export interface Typed {
  pass: string;
  detach: boolean;
}

/**
 * Watches typed bytes for Ctrl-\ followed by d. Ctrl-\ twice sends one Ctrl-\; before any other key both are passed on.
 * The two keys may come in two reads.
 */
export const detachKeys = (): ((data: string) => Typed) => {
  let leading = false;
  return (data) => {
    let pass = '';
    for (const key of data) {
      if (!leading && key === leader) {
        leading = true;
        continue;
      }
      if (leading && (key === 'd' || key === 'D')) return { pass, detach: true };
      if (leading) pass += key === leader ? leader : leader + key;
      else pass += key;
      leading = false;
    }
    return { pass, detach: false };
  };
};
