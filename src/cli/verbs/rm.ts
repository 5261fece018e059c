import { sessionRemove } from '../../protocol/protocol.ts';
import { usageError } from '../failure.ts';
import { printJson, printLine } from '../print.ts';
import { sessionVerb, withSession, type SessionOptions } from '../session.ts';
import type { DeclareVerb } from '../verbs.ts';

/** `backstitch rm`: takes a session away for good. The only verb that loses something, so it wants to be told twice. */
export const rmVerb: DeclareVerb = (program) => {
  sessionVerb(program, 'rm', 'remove a stopped session for good: log, branches, checkpoints')
    .option('-f, --force', 'do it; without it the verb only says what would go')
    .addHelpText('after', "\nThe folder's files and the agent's own histories are left alone.\n\nExample: backstitch rm --id fix-1 --force")
    .action((options: SessionOptions & { force?: boolean }) => withSession(options.id, async (connection, session) => {
      if (!options.force) throw usageError(`This would remove ${session.id} for good: ${session.blocks} steps on ${session.branches} ${session.branches === 1 ? 'branch' : 'branches'}. Add --force to do it.`);
      await connection.sendRequest(sessionRemove, { session: session.uid });
      if (options.json) printJson({ ok: true, id: session.id, uid: session.uid });
      else printLine(`Removed ${session.id}.`);
    }));
};
