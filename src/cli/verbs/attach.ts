import { sessionNotRunning } from '../../core/errors.ts';
import { shellWord } from '../../core/shellWord.ts';
import { usageError } from '../failure.ts';
import { endJson } from '../json.ts';
import { printJson } from '../print.ts';
import { sessionVerb, withSession, type SessionOptions } from '../session.ts';
import { attachTerminal, canAttach, exitCodeAfter } from '../terminalView.ts';
import type { DeclareVerb } from '../verbs.ts';

/** `backstitch attach`: puts a session's terminal on this shell; the session goes on when one detaches. */
export const attachVerb: DeclareVerb = (program) => {
  sessionVerb(program, 'attach', "put a session's terminal on this shell; Ctrl-\\ then d detaches")
    .addHelpText('after', '\nWith --json a line says how it ended, once the terminal is put back in order.\n\nExample: backstitch attach --id fix-1')
    .action((options: SessionOptions) => withSession(options.id, async (connection, session) => {
      const { id, uid, alive } = session;
      if (!alive) throw sessionNotRunning(id);
      if (!canAttach()) throw usageError(`Standard input and output are not a terminal. \`backstitch pane --id ${shellWord(id)}\` prints its screen, \`backstitch logs --id ${shellWord(id)}\` what it wrote.`);
      const end = await attachTerminal(connection, session);
      if (options.json) printJson({ ok: end.is !== 'lost', id, uid, end: end.is, ...endJson(end.is === 'exited' ? end.end : null) });
      process.exitCode = exitCodeAfter(end);
    }));
};
