/**
 * Every command by its name; the id is `backstitch.<name>`. package.json contributes the same; a test compares the
 * two.
 */
export const commandNames = [
  'newSession',
  'openConversation',
  'focusTerminal',
  'rewindToSeam',
  'goBackToBranch',
  'undoRewind',
  'interrupt',
  'watchSession',
  'stopSession',
  'resumeSession',
  'renameSession',
  'removeSession',
  'showAllSessions',
  'showWorkspaceSessions',
  'showWaiting',
  'allow',
  'allowAlways',
  'deny',
  'denyAndSayWhy',
  'focusComposer',
  'nextSeam',
  'previousSeam',
  'toggleSubagents',
  'installInPath',
  'showHostLog',
  'copyDiagnostics',
  'manageTrust',
] as const;

export type CommandName = (typeof commandNames)[number];
export const commandId = (name: CommandName): string => `backstitch.${name}`;

/** What a command does; the argument is whatever VS Code hands over (a node of the tree, or nothing). */
export type CommandHandlers = { [K in CommandName]: (target: unknown) => Promise<void> | void };

export const viewId = 'backstitch.sessions';
/**
 * Stands in its place, with nothing in it, until there is a provider of data: VS Code fills the time with a complaint
 * that there is none.
 */
export const startingViewId = 'backstitch.starting';
export const panelType = 'backstitch.conversation';
