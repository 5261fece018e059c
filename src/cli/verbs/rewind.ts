import { dropsLine } from '../../core/describe.ts';
import { untouchedLines } from '../../core/untouched.ts';
import { shellWord } from '../../core/shellWord.ts';
import { sessionPreview, sessionRewind, type RewindPreview } from '../../protocol/protocol.ts';
import { filesSentence, rewindJson } from '../json.ts';
import { movePreviewJson, printMovePreview } from '../movePreview.ts';
import { filesOptions, seamNameOf, wantsFiles, type FilesOptions } from '../options.ts';
import { whileTellingSteps } from '../moveProgress.ts';
import { printJson, printLine } from '../print.ts';
import { sessionVerb, withSession, type SessionOptions } from '../session.ts';
import type { DeclareVerb } from '../verbs.ts';

interface RewindOptions extends SessionOptions, FilesOptions {
  to: string;
  dryRun?: boolean;
}

const previewJson = (preview: RewindPreview) => ({
  seam: preview.seam,
  fidelity: preview.fidelity,
  reason: preview.reason,
  drops: preview.drops,
  ...movePreviewJson(preview),
});

const printPreview = (preview: RewindPreview): void => {
  printLine(`To ${preview.seam} (${preview.fidelity}): ${preview.reason}`);
  printLine(`Would drop ${dropsLine(preview.drops)}; they stay on a branch.`);
  printMovePreview(preview);
};

/** `backstitch rewind`: takes the agent's memory and the files back to a seam; what is cut off stays as a branch. */
export const rewindVerb: DeclareVerb = (program) => {
  const verb = sessionVerb(program, 'rewind', 'take an agent and the files back to a seam; what is cut off stays on its branch')
    .requiredOption('--to <seam>', 'the seam, as `backstitch seams` names it', seamNameOf)
    .option('--dry-run', 'only say what would happen');
  filesOptions(verb)
    .addHelpText('after', '\nExample: backstitch rewind --id fix-1 --to s7 --json')
    .action((options: RewindOptions) => withSession(options.id, async (connection, session) => {
      if (options.dryRun) {
        const preview = await connection.sendRequest(sessionPreview, { session: session.uid, seam: options.to });
        if (options.json) printJson(previewJson(preview));
        else printPreview(preview);
        return;
      }
      const outcome = await whileTellingSteps(connection, session.uid, () => connection.sendRequest(sessionRewind, {
        session: session.uid, seam: options.to, files: wantsFiles(options),
        ...(options.overwrite && { overwrite: options.overwrite }), ...(options.interrupt && { interrupt: true }),
      }));
      if (options.json) {
        printJson(rewindJson(session, outcome));
        return;
      }
      printLine(`${session.id} is at ${options.to}, on ${outcome.branch} (${outcome.fidelity}). ${filesSentence(outcome.files)}`);
      for (const line of untouchedLines(outcome.files)) printLine(line);
      printLine(`Back again: backstitch switch --id ${shellWord(session.id)} --branch ${shellWord(outcome.from)}`);
    }));
};
