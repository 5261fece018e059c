import { otherHosts, type OtherHost } from '../client/otherHosts.ts';
import { ownBuild } from './connection.ts';

/** Session hosts of another version that still keep sessions of this user. */
export const otherHostsNow = (): Promise<OtherHost[]> => otherHosts({ env: process.env, client: 'cli', build: ownBuild });

const kept = ({ sessions }: OtherHost): string => {
  if (sessions === null) return 'does not say what it keeps';
  if (sessions.length === 0) return 'keeps no sessions';
  return `keeps ${sessions.length === 1 ? 'one session' : `${sessions.length} sessions`} (${sessions.map(({ id, agent }) => `${id}: ${agent}`).join(', ')})`;
};

const endCommand = (pid: number): string => (process.platform === 'win32' ? `taskkill /PID ${pid} /F` : `kill ${pid}`);

/** Which host it is, and what it keeps. */
export const describeOther = (host: OtherHost): string =>
  `Another session host (protocol ${host.protocol}, process ${host.pid}, build ${host.build}) ${kept(host)}.`;

/** What can be done about it: this version drives its own host only. */
export const todoOfOther = ({ pid }: OtherHost): string =>
  `Only the version of Backstitch that started it can drive it. It ends by itself once its sessions have ended; \`${endCommand(pid)}\` ends it with their agents, and then \`backstitch resume\` brings them back here.`;

export const otherJson = ({ protocol, pid, build, sessions }: OtherHost) =>
  ({ protocol, pid, build, sessions: sessions?.map(({ id, agent, cwd }) => ({ id, agent, cwd })) ?? null });
