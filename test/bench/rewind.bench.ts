import { mainLane } from '../../src/core/ids.ts';
import * as p from '../../src/protocol/protocol.ts';
import { ClaudeProduct } from '../support/claudeProduct.ts';
import { Product } from '../support/product.ts';
import { SessionUnderTest } from '../support/sessionUnderTest.ts';
import { whileCoresAreBusy } from './busyCores.ts';
import { appendRows, demoSteps } from './demoHistory.ts';
import { type Figure, median, ms, msOf, pause } from './floors.ts';

const rounds = 3;
const previewRounds = 5;
/** An agent's last rows may land this long after it is idle; a rewind sooner than that waits for them. */
const idleMs = 800;
const goalMs = 200;
/** Until the words of a preview, and until its files. */
const wordsGoalMs = 100;
const filesGoalMs = 300;

/**
 * What a rewind, a switch and their previews cost beside the agent's own end and start, with files, for histories of several lengths and for the
 * real Claude Code, at rest, at work, and with every core kept busy by others.
 */
export async function bench(): Promise<Figure[]> {
  return [...(await withDemoAgent()), ...(await withClaude())];
}

async function withDemoAgent(): Promise<Figure[]> {
  const figures: Figure[] = [];
  const product = new Product();
  try {
    const connection = await product.connect();
    for (const count of [10, 1_000, 10_000]) {
      const session = await longSession(product, connection, count);
      await session.ask('make a plan');
      figures.push(...(await thereAndBack(session, await seamBeforeWrites(session), `${count.toLocaleString('en')} rows`)));
      await connection.sendRequest(p.sessionStop, { session: session.uid });
    }
  } finally {
    await product.dispose();
  }
  return figures;
}

/** A session of the demo agent that remembers `count` steps. */
async function longSession(product: Product, connection: Awaited<ReturnType<Product['connect']>>, count: number): Promise<SessionUnderTest> {
  const first = await product.start(connection, { cwd: product.folder(`work-${count}`) });
  await first.idle();
  const { uid } = first;
  await connection.sendRequest(p.sessionStop, { session: uid });
  appendRows(first.conversation.native.path, demoSteps(count, null));
  await connection.sendRequest(p.sessionResume, { session: uid, env: product.env, cols: 100, rows: 30 });
  const session = await SessionUnderTest.open(connection, uid);
  await session.until('all steps', (conversation) => conversation.blockCount >= count, 120_000);
  await session.idle();
  return session;
}

/** The last seam after which the agent wrote a file. */
async function seamBeforeWrites(session: SessionUnderTest): Promise<string> {
  const chain = session.conversation.chain(mainLane);
  const written = chain.findLastIndex((block) => block.kind === 'tool' && block.tool_kind === 'edit');
  const before = new Set(chain.slice(0, written).map((block) => block.block));
  return (await session.seams('main')).findLast((seam) => before.has(seam.after))?.seam ?? '';
}

async function thereAndBack(session: SessionUnderTest, seam: string, what: string): Promise<Figure[]> {
  const took: Record<'rewind' | 'switch', { own: number[]; agent: number[]; answer: number[] }> = {
    rewind: { own: [], agent: [], answer: [] }, switch: { own: [], agent: [], answer: [] },
  };
  for (let round = 0; round < rounds; round++) {
    for (const how of ['rewind', 'switch'] as const) {
      await session.idle();
      await pause(idleMs);
      let outcome: p.RewindOutcome | undefined;
      const wholeMs = await msOf(async () => { outcome = how === 'rewind' ? await session.rewind(seam) : await session.switchTo('main'); });
      if (outcome?.files.is !== 'restored' || !outcome.files.restored?.length) throw new Error(`no files were restored: ${JSON.stringify(outcome)}`);
      took[how].own.push(outcome.ms - outcome.agentMs);
      took[how].agent.push(outcome.agentMs);
      took[how].answer.push(wholeMs - outcome.agentMs);
    }
  }
  return (['rewind', 'switch'] as const).map((how) => {
    const { own, agent, answer } = took[how];
    return {
      name: `${how}, ${what}: to the answer, beside the agent's own ${ms(median(agent))}`, figure: `${ms(median(answer))} (until it is recorded ${ms(median(own))}, worst ${ms(Math.max(...answer))})`,
      goal: `<= ${goalMs} ms`, ok: median(answer) <= goalMs,
    };
  });
}

/** How long the words of a rewind's preview take, and how long its files. */
async function previews(session: SessionUnderTest, seam: string, what: string): Promise<Figure[]> {
  const took = { words: [] as number[], files: [] as number[] };
  for (let round = 0; round < previewRounds; round++) {
    const [words, files] = [false, true].map((withFiles) => msOf(() =>
      session.connection.sendRequest(p.sessionPreview, { session: session.uid, seam, files: withFiles })));
    took.words.push(await (words as Promise<number>));
    took.files.push(await (files as Promise<number>));
  }
  const goals = { words: wordsGoalMs, files: filesGoalMs };
  return (['words', 'files'] as const).map((part) => ({
    name: `preview of a rewind, ${what}: its ${part}`, figure: `${ms(median(took[part]))} (worst ${ms(Math.max(...took[part]))})`,
    goal: `<= ${goals[part]} ms`, ok: median(took[part]) <= goals[part],
  }));
}

/** A preview and a rewind while the agent speaks; then back. */
async function atWork(session: SessionUnderTest, seam: string): Promise<Figure[]> {
  await session.send('be [[slow]]');
  await session.until('the turn', ({ state }) => state.is === 'busy');
  const figures = await previews(session, seam, 'Claude Code at work, cores busy');
  let outcome: p.RewindOutcome | undefined;
  const wholeMs = await msOf(async () => { outcome = await session.rewind(seam, { interrupt: true }); });
  const agentMs = outcome?.agentMs ?? 0;
  return [...figures, {
    name: `rewind, Claude Code at work, cores busy: to the answer, beside the agent's own ${ms(agentMs)}`, figure: ms(wholeMs - agentMs),
  }];
}

async function withClaude(): Promise<Figure[]> {
  const product = await ClaudeProduct.open();
  try {
    const session = await product.start(await product.product.connect());
    for (const prompt of ['please [[hi]]', 'please [[work]]']) await session.ask(prompt);
    const seam = await seamBeforeWrites(session);
    const figures = [...(await previews(session, seam, 'Claude Code')), ...(await thereAndBack(session, seam, 'Claude Code'))];
    const busy = await whileCoresAreBusy(async () => [
      ...(await previews(session, seam, 'Claude Code, cores busy')), ...(await thereAndBack(session, seam, 'Claude Code, cores busy')),
      ...(await atWork(session, seam)),
    ]);
    // What the scheduler gives to others is no figure of ours.
    return [...figures, ...busy.map(({ name, figure }) => ({ name, figure }))];
  } finally {
    await product.dispose();
  }
}
