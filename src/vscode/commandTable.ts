/** Every command by its name; the id is `backstitch.<name>`. package.json contributes the same; a test compares the two. */
export const commandNames = [
  'newSession',
  'openConversation',
  'focusTerminal',
  'rewindToSeam',
  'goBackToBranch',
  'interrupt',
  'watchSession',
  'stopSession',
  'resumeSession',
  'renameSession',
  'removeSession',
  'showAllSessions',
  'showWorkspaceSessions',
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
export const panelType = 'backstitch.conversation';
