import { basename } from 'node:path';
import { hostSilent, hostStays } from '../core/errors.ts';
import { goneWithin, processState, runsScript } from '../node/processState.ts';
import { hostShutdown, hostStatus } from '../protocol/protocol.ts';
import { dial, openStateDirectoryFor, type HostOptions } from './connect.ts';

/** How long a host may take that was told to end, or was killed. */
const endMs = 15_000;

/**
 * Ends this user's session host; with `force` also when its agents run, and when it does not answer. Resolves once its process is gone, with how many
 * sessions kept it where it was left running: null when none does.
 * @throws HumanError when it does not answer, or does not end
 */
export async function endHost(options: HostOptions, force: boolean): Promise<{ keeps: number } | null> {
  const directory = await openStateDirectoryFor(options.env);
  const dialled = await dial(directory, options);
  if (dialled.is === 'absent') return null;
  if (dialled.is === 'silent') {
    const { pid } = dialled;
    if (!force || pid === null || runsScript(pid, basename(options.hostScript)) === false)
      throw hostSilent(pid, pid !== null && processState(pid) === 'stopped');
    await kill(pid);
    return null;
  }
  const { connection, host: { pid } } = dialled.host;
  try {
    const { sessions } = await connection.sendRequest(hostStatus, {});
    const { ended } = await connection.sendRequest(hostShutdown, { force });
    if (!ended) return { keeps: sessions };
  } catch (error) {
    // It may be gone before its answer is here.
    if (!(await goneWithin(pid, endMs))) throw error;
  } finally {
    dialled.host.dispose();
  }
  if (await goneWithin(pid, endMs)) return null;
  if (!force) throw hostStays(pid);
  await kill(pid);
  return null;
}

async function kill(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  if (!(await goneWithin(pid, endMs))) throw hostStays(pid);
}
