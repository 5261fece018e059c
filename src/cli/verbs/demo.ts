import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { dropsLine } from '../../core/describe.ts';
import { HumanError } from '../../core/errors.ts';
import type { BlockId } from '../../core/ids.ts';
import type { Block, Seam, SessionSummary } from '../../core/view.ts';
import {
  hostShutdown, sessionBranches, sessionClose, sessionOpen, sessionPreview, sessionRewind, sessionSeams, sessionSend, sessionStart, sessionStop, sessionSwitch, sessionWaitIdle,
} from '../../protocol/protocol.ts';
import { shellEnvironment, withHost } from '../connection.ts';
import { conversationLines } from '../conversationText.ts';
import { within } from '../failure.ts';
import { filesSentence, rewindJson } from '../json.ts';
import { forPeople, forScripts, type Narrator } from '../narrator.ts';
import type { DeclareVerb } from '../verbs.ts';

const agent = 'demo';
const watchedFile = 'demo/notes.md';
/** More than a turn of the demo agent ever takes. */
const patienceSeconds = 30;

interface Stage {
  connection: MessageConnection;
  session: SessionSummary;
  folder: string;
  narrator: Narrator;
}

/** What the file that the agent writes holds; null when it is not there. */
const fileIn = (folder: string): Promise<string | null> => readFile(join(folder, watchedFile), 'utf8').catch(() => null);

const showFile = ({ narrator }: Stage, text: string | null): void => {
  narrator.note(text === null ? `${watchedFile} is not there.` : `${watchedFile} now reads:`);
  narrator.show(text?.trimEnd().split('\n') ?? []);
};

const conversationOf = async ({ connection, session }: Stage): Promise<{ blocks: Block[]; seams: Seam[] }> => {
  const { page } = await connection.sendRequest(sessionOpen, { session: session.uid, blocks: 200 });
  await connection.sendRequest(sessionClose, { session: session.uid });
  return { blocks: page.blocks, seams: await connection.sendRequest(sessionSeams, { session: session.uid }) };
};

const showConversation = ({ narrator }: Stage, { blocks, seams }: { blocks: Block[]; seams: Seam[] }, from?: BlockId): void => {
  const first = Math.max(0, blocks.findIndex((block) => block.block === from));
  narrator.show([...(first > 0 ? [`... ${first} blocks as above`] : []), ...conversationLines(blocks.slice(first), seams)]);
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

/** The main job: work, a rewind in the middle of the answer, work from there, and the way back. Resolves to what it came to. */
const play = async (stage: Stage): Promise<object> => {
  const { connection, session, folder, narrator } = stage;
  narrator.step('started', `The demo agent runs in a terminal of its own (process ${session.pid}), in ${folder}`, { pid: session.pid, folder });
  await ask(stage, 'Sew the first seam');
  await ask(stage, 'Sew the second one');
  const before = await conversationOf(stage);
  const written = await fileIn(folder);
  narrator.step('answered', 'It has answered twice. The conversation, with a seam at every place that one can go back to:', {
    blocks: before.blocks.length, seams: before.seams.map(({ seam }) => seam), file: written,
  });
  showConversation(stage, before);
  showFile(stage, written);

  const seam = await seamInTheMiddle(stage, before.seams);
  narrator.step('rewind', `Rewind to ${seam.seam}, in the middle of that answer (drops ${dropsLine(seam.drops)})`, { seam: seam.seam, drops: seam.drops });
  const outcome = await connection.sendRequest(sessionRewind, { session: session.uid, seam: seam.seam, files: true });
  const rewound = await fileIn(folder);
  narrator.result('rewound', `Done in ${Math.round(outcome.ms)} ms, ${outcome.fidelity}, now on ${outcome.branch}. ${filesSentence(outcome.files)}`, { ...rewindJson(session, outcome), file: rewound });
  showFile(stage, rewound);

  narrator.step('going_on', 'The agent goes on from there, and knows nothing of what was cut off:');
  await ask(stage, 'What do you remember?');
  showConversation(stage, await conversationOf(stage), seam.after);

  const { branches } = await connection.sendRequest(sessionBranches, { session: session.uid });
  narrator.step('switch', `Nothing is lost: there are ${branches.length} branches. Back to ${outcome.from}:`, { branch: outcome.from, branches: branches.map(({ branch }) => branch) });
  const back = await connection.sendRequest(sessionSwitch, { session: session.uid, branch: outcome.from, files: true });
  const restored = await fileIn(folder);
  narrator.result('switched', filesSentence(back.files), { ...rewindJson(session, back), file: restored });
  showFile(stage, restored);

  await connection.sendRequest(sessionStop, { session: session.uid });
  narrator.step('stopped', 'The session is stopped. In VS Code the same is done by a click between two steps of the panel.');
  return { ok: true, id: session.id, uid: session.uid, seam: seam.seam, fidelity: outcome.fidelity, branches: branches.length, rewind_ms: outcome.ms, switch_ms: back.ms, restored: written === restored };
};

/** `backstitch demo`: the main job in this shell, with the built-in agent, in a folder and a state directory that are thrown away. */
export const demoVerb: DeclareVerb = (program) => {
  program.command('demo').description('show the main job in a minute: a session, its seams, a rewind in mid-message; needs no agent')
    .option('--keep', 'keep the folder and the log that it made, and say where they are')
    .option('--json', 'print JSON for scripts: a line for each step, and a summary')
    .addHelpText('after', '\nExample: backstitch demo --keep')
    .action(async (options: { keep?: boolean; json?: boolean }) => {
      // What it makes is taken away again, also when nobody reads any more.
      process.stdout.removeAllListeners('error').on('error', () => undefined);
      const narrator = options.json ? forScripts : forPeople;
      const place = await mkdtemp(join(tmpdir(), 'backstitch-demo-'));
      const folder = join(place, 'folder');
      await mkdir(folder);
      await writeFile(join(folder, 'README.md'), 'A folder for the demo agent.\n');
      // a host of our own, so that the demo neither sees nor touches this user's sessions
      process.env['BACKSTITCH_STATE_DIR'] = join(place, 'state');
      try {
        const facts = await withHost(async (connection) => {
          try {
            const session = await connection.sendRequest(sessionStart, { agent, cwd: folder, id: 'demo', args: [], env: shellEnvironment(), cols: 100, rows: 30 });
            await within(patienceSeconds, connection.sendRequest(sessionWaitIdle, { session: session.uid }), 'The demo agent did not start');
            return await play({ connection, session, folder, narrator });
          } finally {
            // its answer may not come: it is ending
            await connection.sendRequest(hostShutdown, { force: true }).catch(() => undefined);
          }
        });
        narrator.close({ ...facts, kept: options.keep ? place : null });
      } finally {
        if (options.keep) narrator.note(`Kept: ${place}`);
        else await rm(place, { recursive: true, force: true, maxRetries: 5 });
      }
    });
};
