import type { Command } from 'commander';
import { noSuchSend } from '../../core/errors.ts';
import type { QueuedSend, SessionSummary } from '../../core/view.ts';
import { shellWord } from '../../core/shellWord.ts';
import { sessionChangeQueue, sessionQueue, type QueueChange, type QueueListing } from '../../protocol/protocol.ts';
import { usageError } from '../failure.ts';
import { secondsSince } from '../json.ts';
import { placeOf } from '../options.ts';
import { printJson, printLine, shortTime } from '../print.ts';
import { sessionVerb, withSession, type SessionOptions } from '../session.ts';
import { printTable, type Column } from '../table.ts';
import type { DeclareVerb } from '../verbs.ts';
import { messageOf } from './send.ts';

const listingJson = ({ id, uid }: SessionSummary, { paused, held, editing = [], sends }: QueueListing, now: number) => ({
  id, uid, paused, held: held ?? null,
  sends: sends.map((send, at) => ({
    number: at + 1, send: send.send, from: send.from, text: send.text,
    queued_ts: send.queuedTs ?? null, age_s: send.queuedTs === undefined ? null : secondsSince(send.queuedTs, now), expires: send.expires ?? null,
    editing: editing.includes(send.send),
  })),
});

const columns: Column[] = [
  { head: '#' }, { head: 'SEND' }, { head: 'AGE', leaves: 3 }, { head: 'FROM', leaves: 1 }, { head: 'EXPIRES', leaves: 2 }, { head: 'TEXT', cut: 'end' },
];

const row = (send: QueuedSend, at: number, now: number): string[] => [
  String(at + 1), send.send, send.queuedTs === undefined ? '-' : shortTime(secondsSince(send.queuedTs, now)), send.from,
  send.expires === undefined ? 'never' : `in ${shortTime(Math.max(0, (Date.parse(send.expires) - now) / 1000))}`, send.text,
];

const show = async (session: SessionSummary, listing: QueueListing, json: boolean | undefined): Promise<void> => {
  const now = Date.now();
  if (json) {
    printJson(listingJson(session, listing, now));
    return;
  }
  if (listing.sends.length === 0) printLine(`Nothing waits for ${session.id}.`);
  else await printTable(columns, listing.sends.map((send, at) => row(send, at, now)));
  if (listing.paused) printLine(`The queue of ${session.id} is paused: backstitch queue continue --id ${shellWord(session.id)}`);
  else if (listing.held === 'draft') printLine(`Text that was not sent stands at the prompt of ${session.id}: what waits is typed once it is sent (backstitch send --submit-only --id ${shellWord(session.id)}) or taken back there.`);
  else if (listing.held) printLine(`The first prompt of ${session.id} is being edited: what waits is typed once that is finished.`);
};

/** A prompt by its id, or by its number in the list as it is now. */
const named = ({ sends }: QueueListing, name: string): QueuedSend => {
  const found = sends.find(({ send }) => send === name) ?? (/^[1-9]\d{0,2}$/.test(name) ? sends[Number(name) - 1] : undefined);
  if (!found) throw noSuchSend(name);
  return found;
};

/** Makes the change that `wanted` shapes (given what prompts the list showed), and shows the queue as it is then. */
const change = (command: Command, wanted: (shown: (name: string) => QueuedSend) => QueueChange): Promise<void> => {
  const options = command.optsWithGlobals<SessionOptions>();
  return withSession(options.id, async (connection, session) => {
    const before = await connection.sendRequest(sessionQueue, { session: session.uid });
    const shaped = wanted((name) => named(before, name));
    await show(session, await connection.sendRequest(sessionChangeQueue, { session: session.uid, change: shaped, from: 'cli' }), options.json);
  });
};

/** A prompt, and what it said in the list. */
const prompt = ({ send, text }: QueuedSend): { send: string; was: string } => ({ send, was: text });

const dropped = (names: string[], all: boolean | undefined, shown: (name: string) => QueuedSend): QueueChange => {
  if (all === (names.length > 0)) throw usageError('Say which prompts to drop, or --all.');
  if (all) return { is: 'drop', sends: 'all' };
  const prompts = names.map(shown);
  return { is: 'drop', sends: prompts.map(({ send }) => send), was: prompts.map(({ text }) => text) };
};

/** `backstitch queue`: the prompts that wait until the agent is idle; shown, and changed. */
export const queueVerb: DeclareVerb = (program) => {
  const queue = sessionVerb(program, 'queue', 'show or change the prompts that wait until the agent is idle')
    .addHelpText('after', '\nExamples:\n  backstitch queue --id fix-1\n  backstitch queue move 3 --to 1 --id fix-1\nSEND is what the list shows: its name, or its number as long as the list has not changed.')
    .action((options: SessionOptions) => withSession(options.id, async (connection, session) => {
      await show(session, await connection.sendRequest(sessionQueue, { session: session.uid }), options.json);
    }));
  const part = (name: string, about: string, example: string): Command => queue.command(name).description(about)
    .configureHelp({ showGlobalOptions: true }).addHelpText('after', `\nExample: backstitch queue ${example}`);

  part('edit', 'change what a prompt says', 'edit 1 --message "Make all tests pass" --id fix-1').argument('<send>', 'which').argument('[words...]', 'the text, if not given by --message or on standard input')
    .option('-m, --message <text>', 'the text')
    .action(async (send: string, said: string[], options: { message?: string }, command: Command) => {
      const text = await messageOf(said, options.message, `new text for prompt ${send}`);
      await change(command, (shown) => ({ is: 'edit', ...prompt(shown(send)), text }));
    });
  part('move', 'give a prompt another place', 'move 3 --to 1 --id fix-1').argument('<send>', 'which')
    .requiredOption('--to <number>', 'its new place; 1 is next', placeOf)
    .action((send: string, { to }: { to: number }, command: Command) => change(command, (shown) => ({ is: 'move', send: shown(send).send, to: to - 1 })));
  part('drop', 'take prompts out', 'drop --all --id fix-1').alias('clear').argument('[send...]', 'which')
    .option('--all', 'every one that waits')
    .action((sends: string[], { all }: { all?: boolean }, command: Command) => {
      const isClear = command.parent?.args[0] === 'clear';
      return change(command, (shown) => dropped(sends, all ?? (isClear && sends.length === 0), shown));
    });
  part('pause', 'hold all of them back', 'pause --id fix-1').action((_, command: Command) => change(command, () => ({ is: 'pause' })));
  part('continue', 'deliver them again', 'continue --id fix-1').action((_, command: Command) => change(command, () => ({ is: 'continue' })));
  part('now', 'deliver this one next, also while the agent is at work', 'now 2 --id fix-1').argument('<send>', 'which')
    .action((send: string, _, command: Command) => change(command, (shown) => ({ is: 'now', ...prompt(shown(send)) })));
};
