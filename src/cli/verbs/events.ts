import { copyLog, followLog } from '../../client/logs.ts';
import type { SessionSummary } from '../../core/view.ts';
import { sessionVerb, withSession } from '../session.ts';
import type { DeclareVerb } from '../verbs.ts';

/** Far more than the end of a session takes to be written. */
const lastWordsMs = 10_000;

interface EventsOptions {
  id: string;
  snapshot?: boolean;
  follow?: boolean;
}

/** Bytes to stdout, at the pace of whoever reads it. */
const toOutput = (bytes: Uint8Array): Promise<void> => new Promise((written) => {
  process.stdout.write(bytes, () => written());
});

/** Whether no row will come any more. One that has just ended still writes what it adds up to, and then its end. */
const isOver = ({ alive, ended, lastTs }: SessionSummary): boolean =>
  !alive && (ended === 'interrupted' || Date.now() - Date.parse(lastTs) > lastWordsMs);

/** `backstitch events`: the rows of a session's log, each as it was written. */
export const eventsVerb: DeclareVerb = (program) => {
  sessionVerb(program, 'events', "print the rows of a session's log, one JSON object each, and go on until the session has ended")
    .option('--snapshot', 'print what there is and end')
    .option('--follow', 'go on with what comes (the default without --snapshot)')
    .option('--no-follow', 'the same as --snapshot')
    .addHelpText('after', '\nExample: backstitch events --id fix-1 --snapshot | jq -c "select(.type == \\"block\\")"')
    .action(async (options: EventsOptions) => {
      const session = await withSession(options.id, async (_, found) => found);
      const follow = options.follow ?? !options.snapshot;
      // a reader that has seen enough (`| head`) is no failure
      process.stdout.on('error', () => process.exit(0));
      if (follow) await followLog(session.logPath, toOutput, isOver(session) ? session.lastSeq : null);
      else await copyLog(session.logPath, toOutput);
    });
};
