import { shellWord } from '../../core/shellWord.ts';
import { sessionFork } from '../../protocol/protocol.ts';
import { shellEnvironment } from '../connection.ts';
import { labelOf, seamNameOf } from '../options.ts';
import { printJson, printLine } from '../print.ts';
import { sessionVerb, withSession, type SessionOptions } from '../session.ts';
import { terminalSize } from '../shownTerminal.ts';
import { startedJson } from '../startedJson.ts';
import type { DeclareVerb } from '../verbs.ts';

interface ForkOptions extends SessionOptions {
  at: string;
  to?: string;
  description?: string;
}

/** `backstitch fork`: a second session that knows what this one's agent knew at a seam; both go on side by side. */
export const forkVerb: DeclareVerb = (program) => {
  sessionVerb(program, 'fork', 'start a second session that remembers this one up to a seam; this one is not touched')
    .option('--at <seam>', 'the seam, or tip for everything', seamNameOf, 'tip')
    .option('--to <label>', 'label of the new session; `X (fork)` when absent', labelOf)
    .option('--description <text>', 'what it is for: the title in `status`; the first prompt when absent')
    .addHelpText('after', '\nBoth work in the same folder. The files are left as they are.\n\nExample: backstitch fork --id fix-1 --at s5 --to fix-1-other-way')
    .action((options: ForkOptions) => withSession(options.id, async (connection, session) => {
      const fork = await connection.sendRequest(sessionFork, {
        session: session.uid, seam: options.at, env: shellEnvironment(), ...terminalSize(),
        ...(options.to !== undefined && { id: options.to }), ...(options.description !== undefined && { description: options.description }),
      });
      if (options.json) printJson({ ...await startedJson(fork), from: session.uid });
      else printLine(`${fork.id} goes on from ${session.id} at ${options.at} (process ${fork.pid}). \`backstitch attach --id ${shellWord(fork.id)}\` shows its terminal.`);
    }));
};
