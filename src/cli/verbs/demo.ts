import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { HumanError } from '../../core/errors.ts';
import type { BlockId } from '../../core/ids.ts';
import type { Seam, SessionSummary } from '../../core/view.ts';
import {
  hostShutdown, sessionBranches, sessionClose, sessionOpen, sessionPreview, sessionRewind, sessionSeams, sessionSend, sessionStart, sessionStop, sessionSwitch, sessionWaitIdle,
} from '../../protocol/protocol.ts';
import { shellEnvironment, withHost } from '../connection.ts';
import { conversationLines } from '../conversationText.ts';
import { within } from '../failure.ts';
import { filesSentence } from '../json.ts';
import { printLine } from '../print.ts';
import type { DeclareVerb } from '../verbs.ts';

const agent = 'demo';
const watchedFile = 'demo/notes.md';
/** More than a turn of the demo agent ever takes. */
const patienceSeconds = 30;

interface Stage {
  connection: MessageConnection;
  session: SessionSummary;
  folder: string;
}

const say = (text: string): void => {
  process.stdout.write('\n');
  printLine(`== ${text}`);
};

const showFile = async (folder: string): Promise<void> => {
  const text = await readFile(join(folder, watchedFile), 'utf8').catch(() => null);
  printLine(text === null ? `${watchedFile} is not there.` : `${watchedFile} now reads:`);
  for (const line of text?.trimEnd().split('\n') ?? []) process.stdout.write(`    ${line}\n`);
};

const showConversation = async ({ connection, session }: Stage, from?: BlockId): Promise<Seam[]> => {
  const { page } = await connection.sendRequest(sessionOpen, { session: session.uid, blocks: 200 });
  await connection.sendRequest(sessionClose, { session: session.uid });
  const seams = await connection.sendRequest(sessionSeams, { session: session.uid });
  const first = Math.max(0, page.blocks.findIndex((block) => block.block === from));
  if (first > 0) process.stdout.write(`    ... ${first} blocks as above\n`);
  for (const line of conversationLines(page.blocks.slice(first), seams)) process.stdout.write(`    ${line}\n`);
  return seams;
};

const ask = async ({ connection, session }: Stage, text: string): Promise<void> => {
  const { send } = await connection.sendRequest(sessionSend, { session: session.uid, text, from: 'cli' });
  await within(patienceSeconds, connection.sendRequest(sessionWaitIdle, { session: session.uid, send }), 'The demo agent did not finish');
};

/** The last seam in the middle of the answer from which on the agent changed files. */
const seamInTheMiddle = async ({ connection, session }: Stage, seams: Seam[]): Promise<Seam> => {
  for (const seam of seams.filter(({ kind }) => kind !== 'prompt').toReversed()) {
    const { files } = await connection.sendRequest(sessionPreview, { session: session.uid, seam: seam.seam });
    if (files && files.length > 0) return seam;
  }
  throw new HumanError('demo-failed', 'The demo agent changed no file in the middle of its answer, so there is nothing to show.');
};

/** The main job: work, a rewind in the middle of the answer, work from there, and the way back. */
const play = async (stage: Stage): Promise<void> => {
  const { connection, session, folder } = stage;
  say(`The demo agent runs in a terminal of its own (process ${session.pid}), in ${folder}`);
  await ask(stage, 'Sew the first seam');
  await ask(stage, 'Sew the second one');
  say('It has answered twice. The conversation, with a seam at every place that one can go back to:');
  const seams = await showConversation(stage);
  await showFile(folder);

  const seam = await seamInTheMiddle(stage, seams);
  say(`Rewind to ${seam.seam}, in the middle of that answer (drops ${seam.drops.text} texts and ${seam.drops.tool} tool calls)`);
  const outcome = await connection.sendRequest(sessionRewind, { session: session.uid, seam: seam.seam, files: true });
  printLine(`Done in ${Math.round(outcome.ms)} ms, ${outcome.fidelity}, now on ${outcome.branch}. ${filesSentence(outcome.files)}`);
  await showFile(folder);

  say('The agent goes on from there, and knows nothing of what was cut off:');
  await ask(stage, 'What do you remember?');
  await showConversation(stage, seam.after);

  const { branches } = await connection.sendRequest(sessionBranches, { session: session.uid });
  say(`Nothing is lost: there are ${branches.length} branches. Back to ${outcome.from}:`);
  const back = await connection.sendRequest(sessionSwitch, { session: session.uid, branch: outcome.from, files: true });
  printLine(filesSentence(back.files));
  await showFile(folder);

  await connection.sendRequest(sessionStop, { session: session.uid });
  say('The session is stopped. In VS Code the same is done by a click between two steps of the panel.');
};

/** `backstitch demo`: the main job in this shell, with the built-in agent, in a folder and a state directory that are thrown away. */
export const demoVerb: DeclareVerb = (program) => {
  program.command('demo').description('show the main job in a minute: a session, its seams, a rewind in mid-message; needs no agent')
    .option('--keep', 'keep the folder and the log that it made, and say where they are')
    .addHelpText('after', '\nExample: backstitch demo --keep')
    .action(async (options: { keep?: boolean }) => {
      const place = await mkdtemp(join(tmpdir(), 'backstitch-demo-'));
      const folder = join(place, 'folder');
      await mkdir(folder);
      await writeFile(join(folder, 'README.md'), 'A folder for the demo agent.\n');
      // a host of our own, so that the demo neither sees nor touches this user's sessions
      process.env['BACKSTITCH_STATE_DIR'] = join(place, 'state');
      try {
        await withHost(async (connection) => {
          try {
            const session = await connection.sendRequest(sessionStart, { agent, cwd: folder, id: 'demo', args: [], env: shellEnvironment(), cols: 100, rows: 30 });
            await within(patienceSeconds, connection.sendRequest(sessionWaitIdle, { session: session.uid }), 'The demo agent did not start');
            await play({ connection, session, folder });
          } finally {
            // its answer may not come: it is ending
            await connection.sendRequest(hostShutdown, { force: true }).catch(() => undefined);
          }
        });
      } finally {
        if (options.keep) printLine(`Kept: ${place}`);
        else await rm(place, { recursive: true, force: true, maxRetries: 5 });
      }
    });
};
