import type { Shell } from './shell.ts';

const commandsIn = (help: string): string[] => {
  const [, block = ''] = /\nCommands:\n([\s\S]*?)(?:\n\n|$)/.exec(help) ?? [];
  return [...block.matchAll(/^ {2}([a-z]+)/gm)].map((match) => match[1] ?? '').filter((name) => name !== 'help');
};
/** Every verb of the command, and every part of one, with its own help. */
export const helpsOf = async (shell: Shell): Promise<Map<string, string>> => {
  const all = new Map<string, string>();
  for (const verb of commandsIn((await shell.run('--help')).stdout)) {
    const help = (await shell.run(verb, '--help')).stdout;
    all.set(verb, help);
    for (const part of commandsIn(help)) all.set(`${verb} ${part}`, (await shell.run(verb, part, '--help')).stdout);
  }
  return all;
};

/** The options that a help lists as the verb's own. */
export const optionsIn = (help: string): string[] => {
  const options = help.slice(help.indexOf('\nOptions:'), help.includes('\nGlobal Options:') ? help.indexOf('\nGlobal Options:') : undefined);
  return [...options.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, option = '']) => option);
};
