import { folderMissing, HumanError } from '../core/errors.ts';
import { folderAt } from '../node/gitFacts.ts';
import type { Resumability } from '../protocol/protocol.ts';
import type { HostParts } from './hostParts.ts';
import { isBlank, onwardFrom } from './onward.ts';
import { readyAgent } from './readyAgent.ts';
import type { Session } from './session.ts';

/** What a resume of a session that is over would come to, with the environment of the one who would ask for it. Starts and writes nothing. */
export async function resumabilityOf(session: Session, env: Record<string, string>, bundled: HostParts['bundled']): Promise<Resumability> {
  try {
    if (!(await folderAt(session.cwd))) throw folderMissing(session.cwd);
    await readyAgent(session.adapter.id, env, session.cwd, bundled);
  } catch (error) {
    if (error instanceof HumanError) return { is: 'no', code: error.code, reason: error.message };
    throw error;
  }
  return memoryOf(session);
}

async function memoryOf(session: Session): Promise<Resumability> {
  const { adapter, conversation: { branch, native, tip }, history } = session;
  if (!adapter.history) return { is: 'anew', reason: `${adapter.name} keeps no memory of its own: it starts anew, and knows nothing of this conversation.` };
  const exact: Resumability = { is: 'goesOn', fidelity: 'exact', reason: null };
  if (native.path === '' || tip === null) return exact;
  const files = await history.read(native);
  if (files.length > 0 && !isBlank(session, branch, native, files)) {
    const { fidelity, reason } = onwardFrom(session, branch, native, files);
    return { is: 'goesOn', fidelity, reason };
  }
  // A copy that was kept is put back by the resume.
  if ((await history.places(native)).some(({ places }) => places.length > 0)) return exact;
  return { is: 'anew', reason: `${adapter.name}’s own history of this session is gone (${native.path}): it starts anew, and knows nothing of this conversation.` };
}
