import { copyLog, followLog } from '../../client/logs.ts';
import { sessionVerb, withSession } from '../session.ts';
import type { DeclareVerb } from '../verbs.ts';

interface EventsOptions {
  id: string;
  snapshot?: boolean;
  follow: boolean;
}

/** Bytes to stdout, at the pace of whoever reads it. */
const toOutput = (bytes: Uint8Array): Promise<void> => new Promise((written) => {
  process.stdout.write(bytes, () => written());
});

/** `backstitch events`: the rows of a session's log, each as it was written. */
export const eventsVerb: DeclareVerb = (program) => {
  sessionVerb(program, 'events', "print the rows of a session's log, one JSON object each, and go on until the session has ended")
    .option('--snapshot', 'print what there is and end')
    .option('--follow', 'go on with what comes (the default without --snapshot)')
    .option('--no-follow', 'the same as --snapshot')
    .addHelpText('after', '\nExample: backstitch events --id fix-1 --snapshot | jq -c "select(.type == \\"block\\")"')
    .action(async (options: EventsOptions, command: { getOptionValueSource(name: string): string | undefined }) => {
      const { logPath, alive } = await withSession(options.id, async (_, session) => session);
      const asked = options.snapshot ? command.getOptionValueSource('follow') === 'cli' : true;
      const follow = alive && options.follow && asked;
      // a reader that has seen enough (`| head`) is no failure
      process.stdout.on('error', () => process.exit(0));
      await (follow ? followLog : copyLog)(logPath, toOutput);
    });
};
