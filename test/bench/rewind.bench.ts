import { mainLane } from '../../src/core/ids.ts';
import * as p from '../../src/protocol/protocol.ts';
import { ClaudeProduct } from '../support/claudeProduct.ts';
import { Product } from '../support/product.ts';
import { SessionUnderTest } from '../support/sessionUnderTest.ts';
import { appendRows, demoSteps } from './demoHistory.ts';
import { type Figure, median, ms, msOf, pause } from './floors.ts';

const rounds = 3;
/** An agent's last rows may land this long after it is idle; a rewind sooner than that waits for them. */
const idleMs = 800;
const goalMs = 200;

/** What a rewind and a switch cost beside the agent's own end and start, with files, for histories of several lengths and for the real Claude Code. */
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

async function withClaude(): Promise<Figure[]> {
  const product = await ClaudeProduct.open();
  try {
    const session = await product.start(await product.product.connect());
    for (const prompt of ['please [[hi]]', 'please [[work]]']) await session.ask(prompt);
    return await thereAndBack(session, await seamBeforeWrites(session), 'Claude Code');
  } finally {
    await product.dispose();
  }
}
