import { sessionRename } from '../../protocol/protocol.ts';
import { labelOf } from '../options.ts';
import { printJson, printLine } from '../print.ts';
import { sessionVerb, withSession, type SessionOptions } from '../session.ts';
import type { DeclareVerb } from '../verbs.ts';

/** `backstitch rename`: another label for a session; its uid stays. */
export const renameVerb: DeclareVerb = (program) => {
  sessionVerb(program, 'rename', 'give a session another label; its uid stays')
    .requiredOption('--to <label>', 'the new label', labelOf)
    .addHelpText('after', '\nExample: backstitch rename --id fix-1 --to parser-fix')
    .action((options: SessionOptions & { to: string }) => withSession(options.id, async (connection, session) => {
      const renamed = await connection.sendRequest(sessionRename, { session: session.uid, id: options.to, was: session.id });
      if (options.json) printJson({ ok: true, id: renamed.id, from: session.id, uid: session.uid });
      else printLine(`${session.id} is ${renamed.id} now.`);
    }));
};
