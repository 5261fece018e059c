/** Our settings and what stands for each when it is not set. package.json declares the same; a test compares the two. */
export const settingDefaults = {
  agent: '',
  agentArguments: {} as Record<string, string[]>,
  agentEnvironment: {} as Record<string, string | null>,
  closeTerminal: 'detach' as 'ask' | 'detach' | 'stop',
  notifyWhenWaiting: true,
  restoreFiles: true,
  stallAfterMinutes: 8,
  nudges: 0,
};

export type Setting = keyof typeof settingDefaults;

/** Settings that can name a program or hand it arguments: what a workspace says of them counts only once it is trusted. */
export const restrictedSettings: readonly Setting[] = ['agent', 'agentArguments', 'agentEnvironment'];
