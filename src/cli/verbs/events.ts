import { StringDecoder } from 'node:string_decoder';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { copyLog, followLog, type RowFilter } from '../../client/logs.ts';
import { eventTypes, lineOf } from '../../core/describe.ts';
import type { Event } from '../../core/events.ts';
import type { SessionSummary } from '../../core/view.ts';
import { usageError } from '../failure.ts';
import { momentOf, wordsOf } from '../options.ts';
import { localTime, printable } from '../print.ts';
import { lookupOptions, sessionVerb, withSession, type SessionOptions } from '../session.ts';
import { tellInterrupted, untilOver } from '../sessionOver.ts';
import type { DeclareVerb } from '../verbs.ts';

interface EventsOptions extends SessionOptions {
  snapshot?: boolean;
  follow?: boolean;
  from?: string;
  types?: string[];
}

/** Bytes to stdout, at the pace of whoever reads it. */
const toOutput = (bytes: Uint8Array): Promise<void> => new Promise((written) => {
  process.stdout.write(bytes, () => written());
});

/** A log may hold types that a later version knows: they are looked for all the same. */
const warnOfUnknown = (types: string[]): void => {
  const unknown = types.filter((type) => !eventTypes.includes(type));
  if (unknown.length > 0) process.stderr.write(`backstitch: this version knows no type ${unknown.map(printable).join(', ')}. It knows ${eventTypes.join(', ')}.\n`);
};

/** Rows in words, for a person at a terminal. */
const inWords = (): typeof toOutput => {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return async (bytes) => {
    const lines = (rest + decoder.write(bytes)).split('\n');
    rest = lines.pop() ?? '';
    await toOutput(Buffer.from(lines.map((line) => `${printable(rowWords(line))}\n`).join('')));
  };
};

/** The beginning of one tells it apart. */
const uuid = /\b([0-9a-f]{8})(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;
const rowWords = (line: string): string => {
  try {
    const event = JSON.parse(line) as Event;
    return `${localTime(event.ts)}  ${lineOf(event).replace(uuid, '$1')}`;
  } catch {
    return `(a row that cannot be read) ${line}`;
  }
};

const print = async (connection: MessageConnection, session: SessionSummary, options: EventsOptions): Promise<void> => {
  const output = options.json || !process.stdout.isTTY ? toOutput : inWords();
  const filter: RowFilter = { ...(options.from !== undefined && { fromTs: options.from }), ...(options.types && { types: new Set(options.types) }) };
  const follow = options.follow ?? !options.snapshot;
  if (!follow) {
    await copyLog(session.logPath, output, filter);
    return;
  }
  const done = new AbortController();
  const over = untilOver(connection, session, done.signal);
  const isTold = await followLog(session.logPath, output, over.then(({ lastSeq }) => lastSeq), filter).finally(() => done.abort());
  if (!isTold) tellInterrupted(session.id, (await over).end);
};

/** `backstitch events`: the rows of a session's log, each as it was written. */
export const eventsVerb: DeclareVerb = (program) => {
  lookupOptions(sessionVerb(program, 'events', "print what happens in a session until it has ended: a line each on a terminal, else the rows of its log as JSON"))
    .option('--snapshot', 'print what there is and end')
    .option('--follow', 'go on with what comes (the default without --snapshot)')
    .option('--no-follow', 'the same as --snapshot')
    .option('--from <time>', 'only rows of this moment or later: ISO 8601', momentOf)
    .option('--types <types>', 'only rows of these types, separated by commas', wordsOf)
    .addHelpText('after', '\nExample: backstitch events --id fix-1 --snapshot --types started,usage,exited')
    .action(async (options: EventsOptions) => {
      if (options.snapshot && options.follow) throw usageError('--snapshot and --follow exclude each other.');
      warnOfUnknown(options.types ?? []);
      await withSession(options, (connection, session) => print(connection, session, options));
    });
};
