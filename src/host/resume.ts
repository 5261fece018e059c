import { agentUnusable, folderMissing } from '../core/errors.ts';
import { folderAt } from '../node/gitFacts.ts';
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
  if (started.is === 'failed') throw agentUnusable(session.adapter.name, started.problem, 'The session is as it was.');
}

async function historyToGoOn({ adapter, conversation: { native }, history }: Session): Promise<RunStart['how']> {
  await history.bringBack(native);
  if (native.path !== '' && (await history.read(native)).length > 0) return { is: 'resume', native };
  // An agent without a history starts anew, and is to say so.
  const session = crypto.randomUUID();
  return adapter.history ? { is: 'new', session } : { is: 'resume', native: { session, path: '' } };
}
