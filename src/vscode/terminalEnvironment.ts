/** A change to one variable, as an extension's EnvironmentVariableCollection tells it. */
export interface EnvironmentChange {
  variable: string;
  how: 'replace' | 'append' | 'prepend';
  value: string;
}

export interface EnvironmentSources {
  /** The extension host's own environment. */
  base: Readonly<Record<string, string | undefined>>;
  /** `terminal.integrated.env.<os>`: null removes a variable. */
  configured: Readonly<Record<string, string | null>>;
  /** `backstitch.agentEnvironment`, applied last. */
  own: Readonly<Record<string, string | null>>;
  changes: readonly EnvironmentChange[];
  /** What the `${...}` of settings stand for. */
  places: { workspaceFolder: string; userHome: string; pathSeparator: string };
  /** `win32`: names are the same whatever their case. */
  platform: string;
}

/** Of VS Code's own doings, not of the user's shell. NODE_EXTRA_CA_CERTS is set by VS Code's server for itself. */
const notTheUsers = /^(VSCODE_.*|ELECTRON_.*|NODE_EXTRA_CA_CERTS|NODE_OPTIONS|APPLICATION_INSIGHTS_NO_DIAGNOSTIC_CHANNEL|CHROME_DESKTOP|GDK_PIXBUF_MODULE.*|GIO_LAUNCHED_.*)$/i;

/**
 * The environment that a terminal of this window would have, as far as an extension can know it: the extension host's own without what
 * VS Code put there, then the user's terminal settings, then our own additions. What other extensions add to terminals, and what the
 * shell's start-up files do, is not known to us. What tells of a terminal is the host's to set (host/runEnvironment.ts).
 */
export function terminalEnvironmentOf(sources: EnvironmentSources): Record<string, string> {
  const env = new Map<string, string>();
  const nameOf = (name: string): string => {
    if (sources.platform !== 'win32') return name;
    const known = [...env.keys()].find((each) => each.toLowerCase() === name.toLowerCase());
    return known ?? name;
  };
  for (const [name, value] of Object.entries(sources.base)) if (value !== undefined && !notTheUsers.test(name)) env.set(name, value);
  env.set('TERM_PROGRAM', 'vscode');
  const configure = (settings: Readonly<Record<string, string | null>>) => {
    for (const [name, value] of Object.entries(settings)) {
      if (value === null) env.delete(nameOf(name));
      else env.set(nameOf(name), placed(String(value), env, sources.places));
    }
  };
  configure(sources.configured);
  for (const { variable, how, value } of sources.changes) {
    const name = nameOf(variable);
    const present = env.get(name) ?? '';
    env.set(name, how === 'replace' ? value : how === 'append' ? present + value : value + present);
  }
  configure(sources.own);
  return Object.fromEntries(env);
}

const placed = (value: string, env: ReadonlyMap<string, string>, places: EnvironmentSources['places']): string =>
  value.replace(/\$\{(?:env:([^}]+)|(workspaceFolder|userHome|pathSeparator))\}/g, (_whole, variable: string | undefined, place: string | undefined) =>
    variable === undefined ? places[place as keyof typeof places] : (env.get(variable) ?? ''));
