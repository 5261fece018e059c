import { shellWord } from '../../core/shellWord.ts';
import { untouchedLines } from '../../core/untouched.ts';
import { sessionPreviewSwitch, sessionSwitch, type SwitchPreview } from '../../protocol/protocol.ts';
import { filesSentence, rewindJson } from '../json.ts';
import { movePreviewJson, printMovePreview } from '../movePreview.ts';
import { branchNameOf, filesOptions, wantsFiles, type FilesOptions } from '../options.ts';
import { whileTellingSteps } from '../moveProgress.ts';
import { printJson, printLine } from '../print.ts';
import { sessionVerb, withSession, type SessionOptions } from '../session.ts';
import type { DeclareVerb } from '../verbs.ts';

interface SwitchOptions extends SessionOptions, FilesOptions {
  branch: string;
  dryRun?: boolean;
}

const previewJson = (preview: SwitchPreview) => ({
  branch: preview.branch, fidelity: preview.fidelity ?? 'exact', reason: preview.reason ?? null, ...movePreviewJson(preview),
});

const printPreview = (preview: SwitchPreview): void => {
  printLine(`To ${preview.branch} (${preview.fidelity ?? 'exact'})${preview.reason ? `: ${preview.reason}` : ''}`);
  printMovePreview(preview);
};

/** `backstitch switch`: goes to the tip of another branch, conversation and files. */
export const switchVerb: DeclareVerb = (program) => {
  const verb = sessionVerb(program, 'switch', 'go to the tip of another branch, conversation and files')
    .requiredOption('--branch <branch>', 'the branch, as `backstitch branches` names it', branchNameOf)
    .option('--dry-run', 'only say what would happen');
  filesOptions(verb)
    .addHelpText('after', '\nExample: backstitch switch --id fix-1 --branch main')
    .action((options: SwitchOptions) => withSession(options.id, async (connection, session) => {
      if (options.dryRun) {
        const preview = await connection.sendRequest(sessionPreviewSwitch, { session: session.uid, branch: options.branch });
        if (options.json) printJson(previewJson(preview));
        else printPreview(preview);
        return;
      }
      const outcome = await whileTellingSteps(connection, session.uid, () => connection.sendRequest(sessionSwitch, {
        session: session.uid, branch: options.branch, files: wantsFiles(options),
        ...(options.overwrite && { overwrite: options.overwrite }), ...(options.interrupt && { interrupt: true }),
      }));
      if (options.json) {
        printJson(rewindJson(session, outcome));
        return;
      }
      const memory = outcome.reason === null ? '' : ` ${outcome.reason}`;
      printLine(`${session.id} is on ${outcome.branch}, left ${outcome.from} as it was. ${filesSentence(outcome.files)}${memory}`);
      for (const line of untouchedLines(outcome.files)) printLine(line);
      printLine(`Back again: backstitch switch --id ${shellWord(session.id)} --branch ${shellWord(outcome.from)}`);
    }));
};
