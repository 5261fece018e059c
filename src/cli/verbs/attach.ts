import { sessionNameOf } from '../options.ts';
import { attachTerminal } from '../terminalView.ts';
import { withSession } from '../session.ts';
import { sessionNotRunning } from '../../core/errors.ts';
import type { DeclareVerb } from '../verbs.ts';

/** `backstitch attach`: puts a session's terminal on this shell; the session goes on when one detaches. */
export const attachVerb: DeclareVerb = (program) => {
  program.command('attach').description("put a session's terminal on this shell; Ctrl-\\ then d detaches")
    .requiredOption('--id <session>', 'the session, by its label or uid', sessionNameOf)
    .addHelpText('after', '\nExample: backstitch attach --id fix-1')
    .action((options: { id: string }) => withSession(options.id, async (connection, session) => {
      if (!session.alive) throw sessionNotRunning(session.id);
      process.exitCode = await attachTerminal(connection, session);
    }));
};
