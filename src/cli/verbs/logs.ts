import { followOutput, outputPathOf, outputTail } from '../../client/output.ts';
import { linesOf } from '../options.ts';
import { PlainStream } from '../plainStream.ts';
import { lookupOptions, sessionVerb, withSession, type SessionOptions } from '../session.ts';
import { tellInterrupted, untilOver } from '../sessionOver.ts';
import type { DeclareVerb } from '../verbs.ts';

interface LogsOptions extends SessionOptions {
  follow?: boolean;
  lines: number;
  raw?: boolean;
}

/** `backstitch logs`: what the agent wrote to its terminal, as text. */
export const logsVerb: DeclareVerb = (program) => {
  lookupOptions(sessionVerb(program, 'logs', "print the end of what a session's agent wrote to its terminal"))
    .option('-n, --lines <number>', 'how many lines', linesOf, 200)
    .option('-f, --follow', 'go on with what comes, until the session has ended')
    .option('--raw', 'the bytes as they are, control sequences and all')
    .addHelpText('after', '\nExample: backstitch logs --id fix-1 --lines 50 --follow')
    .action((options: LogsOptions) => withSession(options, async (connection, session) => {
      const path = await outputPathOf(process.env, session.uid);
      const stream = new PlainStream((text) => { process.stdout.write(options.json ? `${JSON.stringify({ text })}\n` : text); });
      const print = (bytes: Buffer): void => {
        if (options.raw) process.stdout.write(bytes);
        else stream.write(bytes);
      };
      const { bytes, end } = outputTail(path, options.lines);
      print(bytes);
      if (options.follow && session.alive) {
        const over = new AbortController();
        const ended = untilOver(connection, session, over.signal).finally(() => over.abort());
        await followOutput(path, end, print, over.signal);
        const { end: how } = await ended;
        stream.end();
        tellInterrupted(session.id, how);
      } else stream.end();
    }));
};
