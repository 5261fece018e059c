import { sessionSwitch } from '../../protocol/protocol.ts';
import { filesSentence, rewindJson } from '../json.ts';
import { branchNameOf, filesOptions, wantsFiles, type FilesOptions } from '../options.ts';
import { printJson, printLine } from '../print.ts';
import { sessionVerb, withSession, type SessionOptions } from '../session.ts';
import type { DeclareVerb } from '../verbs.ts';

/** `backstitch switch`: goes to the tip of another branch, conversation and files. */
export const switchVerb: DeclareVerb = (program) => {
  const verb = sessionVerb(program, 'switch', 'go to the tip of another branch, conversation and files')
    .requiredOption('--branch <branch>', 'the branch, as `backstitch branches` names it', branchNameOf);
  filesOptions(verb)
    .addHelpText('after', '\nExample: backstitch switch --id fix-1 --branch main')
    .action((options: SessionOptions & FilesOptions & { branch: string }) => withSession(options.id, async (connection, session) => {
      const outcome = await connection.sendRequest(sessionSwitch, {
        session: session.uid, branch: options.branch, files: wantsFiles(options),
        ...(options.overwrite && { overwrite: options.overwrite }), ...(options.interrupt && { interrupt: true }),
      });
      if (options.json) printJson(rewindJson(session, outcome));
      else printLine(`${session.id} is on ${outcome.branch}, left ${outcome.from} as it was. ${filesSentence(outcome.files)}${outcome.reason === null ? '' : ` ${outcome.reason}`}`);
    }));
};
