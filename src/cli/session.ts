import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import type { SessionSummary } from '../core/view.ts';
import { sessionStatus } from '../protocol/protocol.ts';
import { withHost } from './connection.ts';
import { nameOf, sessionNameOf, wordingOf } from './options.ts';

/** Where a session is looked for whose label others may have too; scripts of harnex say it. */
export interface Lookup {
  id: string;
  repo?: string;
  cli?: string;
}

/** Options of every verb that is about one session. */
export interface SessionOptions extends Lookup {
  json?: boolean;
}

/** A verb about one session: its `--id` and `--json`. */
export const sessionVerb = (program: Command, name: string, about: string): Command =>
  program.command(name).description(about)
    .requiredOption('--id <session>', 'the session, by its label or uid', sessionNameOf)
    .option('--json', 'print JSON for scripts');

/** Declares where a session is looked for. */
export const lookupOptions = (command: Command): Command => command
  .option('--repo <folder>', "of this folder's repository, where several sessions have the label", wordingOf('the path of a folder'))
  .option('--cli <agent>', 'of this agent, by its id or the name of its program', nameOf('an agent or a program'));

/** As the session host is asked for it. */
export const filterOf = ({ repo, cli }: { repo?: string | undefined; cli?: string | undefined }): { cwd?: string; agent?: string } => ({
  ...(repo !== undefined && { cwd: resolve(repo) }), ...(cli !== undefined && { agent: cli }),
});

/** Connects, finds the session by uid or label (the host says if there is none, or several), does the work with it. */
export const withSession = <T>(named: string | Lookup, work: (connection: MessageConnection, session: SessionSummary) => Promise<T>): Promise<T> => {
  const { id, ...where } = typeof named === 'string' ? { id: named } : named;
  return withHost(async (connection) => work(connection, await connection.sendRequest(sessionStatus, { session: id, ...filterOf(where) })));
};
