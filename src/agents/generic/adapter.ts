import type { AgentAdapter, AgentSettings } from '../../core/adapter.ts';
import { GenericDecoder } from './decoder.ts';
import { keystrokes } from './keystrokes.ts';

const options = { model: '--model', effort: '--effort', permissionMode: '--permission-mode' } as const satisfies Record<keyof AgentSettings, string>;

/**
 * Any program, by its name on the PATH or by a path (relative ones count from the session's folder). What it does is told by its screen alone;
 * it has no history that could be resumed or cut.
 */
export function genericAdapter(program: string): AgentAdapter {
  const name = program.split(/[\\/]/).at(-1) || program;
  return {
    id: program,
    name,
    about: 'A program of your own, followed by its screen.',
    probe: async (at) => {
      const path = await at.which(program);
      if (path) return { is: 'ready', path, version: '' };
      const isPath = /[\\/]/.test(program);
      const problem = isPath ? `there is no executable file at ${program}${at.cwd ? ` (seen from ${at.cwd})` : ''}.` : `no program ${program} is on the PATH.`;
      return { is: 'unusable', problem, todo: 'Check the name, or give a path.' };
    },
    launch: ({ install, args }) => ({ argv: [install.path, ...args], env: {}, files: [], watches: [], screen: true }),
    decoder: (run) => new GenericDecoder(run),
    keystrokes,
    settingArgs: (settings) => {
      const given = (Object.keys(options) as (keyof AgentSettings)[]).filter((setting) => settings[setting] !== undefined).map((setting) => options[setting]);
      return given.length === 0 ? { is: 'args', args: [] } : { is: 'refused', problem: `${name} has no ${given.join(' and no ')} of its own; give its arguments after --.` };
    },
    hookReply: () => ({ status: 204 }),
  };
}
