import { HumanError } from '../core/errors.ts';
import { dialHost, hostProtocols } from '../node/hostSocket.ts';
import { protocolVersion, sessionList } from '../protocol/protocol.ts';
import { greet, openStateDirectoryFor, type HostConnection, type HostOptions } from './connect.ts';

/** A host that speaks another version of the protocol: after an update the older one keeps its sessions until they end. */
export interface OtherHost {
  protocol: number;
  pid: number;
  build: string;
  /** Sessions whose agents it keeps, by id; null when it does not say so in a way that is understood here. */
  sessions: { uid: string; id: string; agent: string; cwd: string }[] | null;
}

/** A host that is stuck must not hold up a list. */
const answerMs = 3_000;

const textIn = (value: unknown, name: string): string => {
  const found = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  return typeof found === 'string' ? found : '';
};

const isAlive = (value: unknown): boolean => typeof value === 'object' && value !== null && (value as Record<string, unknown>)['alive'] === true;

/** Whatever its version, of what it answers only names are read. */
const sessionsOf = async ({ connection }: HostConnection): Promise<OtherHost['sessions']> => {
  const list: unknown = await connection.sendRequest(sessionList.method, { all: true });
  if (!Array.isArray(list)) return null;
  return list.filter(isAlive).map((one) => ({ uid: textIn(one, 'uid'), id: textIn(one, 'id'), agent: textIn(one, 'agent'), cwd: textIn(one, 'cwd') }));
};

const within = <T>(work: Promise<T>, otherwise: T): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => { timer = setTimeout(resolve, answerMs, otherwise); });
  return Promise.race([work.catch(() => otherwise), late]).finally(() => clearTimeout(timer));
};

/** The living hosts of this user beside our own version's. They are asked what they keep, and never told to do anything. */
export async function otherHosts(options: Pick<HostOptions, 'env' | 'build' | 'client'>): Promise<OtherHost[]> {
  const directory = await openStateDirectoryFor(options.env);
  const protocols = (await hostProtocols(directory)).filter((protocol) => protocol !== protocolVersion);
  const found = await Promise.all(protocols.map(async (protocol): Promise<OtherHost | null> => {
    const socket = await dialHost(directory, protocol);
    // One that greets otherwise is none of ours.
    const host = socket && (await greet(socket, options, protocol).catch(() => null));
    if (!host || 'is' in host) {
      socket?.destroy();
      return null;
    }
    const sessions = await within(sessionsOf(host), null);
    host.dispose();
    return { protocol, pid: host.host.pid, build: host.host.build, sessions };
  }));
  return found.filter((host) => host !== null);
}

/** Why a session that this version's host does not know cannot be shown: a host of another version keeps it. Null: none does. */
export function keptElsewhere(uid: string, hosts: readonly OtherHost[]): HumanError | null {
  const host = hosts.find(({ sessions }) => sessions?.some((session) => session.uid === uid) === true);
  if (host === undefined) return null;
  const which = host.protocol < protocolVersion ? 'an older' : 'a newer';
  const id = host.sessions?.find((session) => session.uid === uid)?.id ?? uid;
  return new HumanError('kept-elsewhere', `Session “${id}” is kept by ${which} Backstitch (process ${host.pid}), and only that version can show it. It is shown here once it has ended there.`);
}
