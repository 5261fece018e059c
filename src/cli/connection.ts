import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ConnectionError, ErrorCodes, ResponseError, type MessageConnection } from 'vscode-jsonrpc/node';
import { connectOrStartHost, type HostOptions } from '../client/connect.ts';
import { HumanError } from '../core/errors.ts';
import { humanErrorOf } from '../protocol/failures.ts';

/** The environment of this shell, as agents started from it shall see it. */
export const shellEnvironment = (): Record<string, string> =>
  Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined));

/** What this program is built of, as hosts are told. */
export const ownBuild = typeof BACKSTITCH_BUILD === 'string' ? BACKSTITCH_BUILD : 'source';

const hostScript = (): string => {
  // beside the bundled CLI in dist/, or the sources when run from them
  const bundled = fileURLToPath(new URL('./host.mjs', import.meta.url));
  return existsSync(bundled) ? bundled : fileURLToPath(new URL('../host/main.ts', import.meta.url));
};

/** Whether a request was not answered because the host that was asked is no more. */
export const isHostGone = (error: unknown): boolean =>
  error instanceof ConnectionError || (error instanceof ResponseError && error.code === ErrorCodes.PendingResponseRejected);

/** What the other side said, as the failure that it is for a person; our own defects stay what they are. */
const humanOf = (error: unknown): unknown => {
  if (isHostGone(error)) return new HumanError('host-gone', 'The session host ended while it was being asked. `backstitch status --all` shows what is left; `backstitch resume` starts an agent again.');
  return error instanceof ResponseError ? humanErrorOf(error) : error;
};

/** Which host is asked, and by whom. */
export const hostOptions = (): HostOptions => (
  { env: process.env, hostScript: hostScript(), execPath: process.execPath, client: 'cli', build: ownBuild });

/** Connects to this user's session host (starting it if there is none), does the work, and lets go of it again. */
export const withHost = async <T>(work: (connection: MessageConnection) => Promise<T>): Promise<T> => {
  const host = await connectOrStartHost(hostOptions());
  try {
    return await work(host.connection);
  } catch (error) {
    throw humanOf(error);
  } finally {
    host.dispose();
  }
};
