import { resolve } from 'node:path';
import { sessionStart } from '../../protocol/protocol.ts';
import { shellEnvironment, withHost } from '../connection.ts';
import { usageError } from '../failure.ts';
import { startedJson } from '../json.ts';
import { objectOf } from '../options.ts';
import { printJson, printLine } from '../print.ts';
import { attachTerminal, canAttach, terminalSize } from '../terminalView.ts';
import type { DeclareVerb } from '../verbs.ts';

interface RunOptions {
  id?: string;
  cwd: string;
  description?: string;
  meta?: Record<string, unknown>;
  detach?: boolean;
  json?: boolean;
}

/** `backstitch run`: starts an agent in a session of its own; on this terminal, or detached. */
export const runVerb: DeclareVerb = (program) => {
  program.command('run').description('start an agent; its terminal is put on this shell unless --detach')
    .argument('<agent>', 'the agent; `backstitch run demo` needs none installed')
    .argument('[arguments...]', "the agent's own arguments, after --")
    .option('--id <session>', 'label of the session; one is made up when absent')
    .option('--cwd <folder>', 'where the agent works', '.')
    .option('--description <text>', 'shown in `status`')
    .option('--meta <json>', 'a JSON object kept with the session', objectOf)
    .option('-d, --detach', 'return at once; the agent runs in the session host')
    .option('--json', 'print JSON for scripts; only with --detach')
    .addHelpText('after', '\nExample: backstitch run demo --id fix-1 --cwd ~/project --detach')
    .action(async (agent: string, args: string[], options: RunOptions) => {
      if (!options.detach && options.json) throw usageError('--json needs --detach: without it the terminal belongs to the agent.');
      if (!options.detach && !canAttach()) throw usageError('Standard input and output are not a terminal. Use --detach, and `backstitch attach` later.');
      await withHost(async (connection) => {
        const session = await connection.sendRequest(sessionStart, {
          agent, cwd: resolve(options.cwd), args, env: shellEnvironment(), ...terminalSize(),
          ...(options.id !== undefined && { id: options.id }),
          ...(options.description !== undefined && { description: options.description }),
          ...(options.meta !== undefined && { meta: options.meta }),
        });
        if (!options.detach) process.exitCode = await attachTerminal(connection, session);
        else if (options.json || !process.stdout.isTTY) printJson(startedJson(session));
        else printLine(`${session.id} runs ${session.agentName} (process ${session.pid}). \`backstitch attach --id ${session.id}\` shows its terminal.`);
      });
    });
};
