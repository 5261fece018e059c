import type { NativeFile } from '../core/adapter.ts';
import { agentUnusable, folderMissing } from '../core/errors.ts';
import type { NativeRef } from '../core/events.ts';
import { mainLane } from '../core/ids.ts';
import { folderAt } from '../node/gitFacts.ts';
import { discardLoose, historyOf } from './cutHistory.ts';
import type { RunStart, Starter } from './runs.ts';
import type { Session } from './session.ts';

/** Starts the agent of a session that is over again, on its current branch's native history. @throws HumanError; then the session is as it was */
export async function resume(session: Session, starter: Starter, size: { cols: number; rows: number }): Promise<void> {
  if (!(await folderAt(session.cwd))) throw folderMissing(session.cwd);
  await session.recorder.open();
  const how = await historyToGoOn(session);
  // Whoever changed the files since the agent has ended, it was not the agent.
  await session.files.capture('baseline');
  if (!session.viewSizes.current) session.terminal.resize(size.cols, size.rows);
  const started = await session.runs.start(starter, { cause: 'resume', how });
  if (started.is === 'failed') {
    if (how.is === 'resume') await discardLoose(session, how.native);
    throw agentUnusable(session.adapter.name, started.problem, 'The session is as it was.');
  }
  await session.lookAtNamedFiles();
}

async function historyToGoOn(session: Session): Promise<RunStart['how']> {
  const { adapter, conversation: { native }, history } = session;
  await history.bringBack(native);
  const files = native.path === '' ? [] : await history.read(native);
  if (files.length > 0) return { is: 'resume', native: await exactHistory(session, native, files) };
  // An agent without a history starts anew, and is to say so.
  const id = crypto.randomUUID();
  return adapter.history ? { is: 'new', session: id } : { is: 'resume', native: { session: id, path: '' } };
}

/**
 * The history itself, or a copy of it where the agent would make something up behind it: one that was ended in the middle of a turn. Where no copy
 * can be made the agent goes on in its own way, and the conversation shows what it makes up.
 */
async function exactHistory(session: Session, native: NativeRef, files: NativeFile[]): Promise<NativeRef> {
  const { adapter: { history: surgery }, conversation } = session;
  if (surgery?.resumesAsItIs?.(native, files) ?? true) return native;
  const blocks = conversation.chain(mainLane);
  // What was written after the host had died is in the history alone, and is to stay there.
  const ids = blocks.flatMap((block) => block.native ? [block.native.id] : []);
  if (surgery?.readBack(native, files).join() !== ids.join()) return native;
  const copy = await historyOf(session, native, blocks).catch(() => null);
  return copy?.is === 'made' ? copy.native : native;
}
