import { plainText } from '../../core/plainText.ts';
import { sessionStatus, terminalText } from '../../protocol/protocol.ts';
import { linesOf, secondsOf } from '../options.ts';
import { printJson } from '../print.ts';
import { lookupOptions, sessionVerb, withSession, type SessionOptions } from '../session.ts';
import type { DeclareVerb } from '../verbs.ts';

interface PaneOptions extends SessionOptions {
  lines?: number;
  follow?: boolean;
  interval: number;
}

const home = '\u001b[H\u001b[2J';

/** `backstitch pane`: the screen of a session's terminal as it is now. */
export const paneVerb: DeclareVerb = (program) => {
  lookupOptions(sessionVerb(program, 'pane', "print the screen of a session's terminal as it is now"))
    .option('-n, --lines <number>', 'so many lines, with what has scrolled off', linesOf)
    .option('-f, --follow', 'draw it again when it has changed, until interrupted or the session has ended')
    .option('--interval <seconds>', 'how often to look with --follow', secondsOf, 1)
    .addHelpText('after', '\nExample: backstitch pane --id fix-1')
    .action((options: PaneOptions) => withSession(options, async (connection, session) => {
      let last: string | null = null;
      let { alive } = session;
      for (;;) {
        const pane = await connection.sendRequest(terminalText, { session: session.uid, ...(options.lines !== undefined && { lines: options.lines }) });
        const text = plainText(pane.text).trimEnd();
        if (text !== last) {
          if (options.json) printJson({ id: session.id, uid: session.uid, text, cols: pane.cols, rows: pane.rows, title: pane.title });
          else process.stdout.write(`${options.follow && process.stdout.isTTY ? home : ''}${text}\n`);
        }
        last = text;
        if (!options.follow || !alive) return;
        await new Promise((resolve) => { setTimeout(resolve, options.interval * 1000); });
        ({ alive } = await connection.sendRequest(sessionStatus, { session: session.uid }));
      }
    }));
};
