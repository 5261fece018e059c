import type { Command } from 'commander';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import type { SessionSummary } from '../core/view.ts';
import { sessionStatus } from '../protocol/protocol.ts';
import { withHost } from './connection.ts';
import { sessionNameOf } from './options.ts';

/** Options of every verb that is about one session. */
export interface SessionOptions {
  id: string;
  json?: boolean;
}

/** A verb about one session: its `--id` and `--json`. */
export const sessionVerb = (program: Command, name: string, about: string): Command =>
  program.command(name).description(about)
    .requiredOption('--id <session>', 'the session, by its label or uid', sessionNameOf)
    .option('--json', 'print JSON for scripts');

/** Connects, finds the session by uid or label (the host says if there is none, or several), does the work with it. */
export const withSession = <T>(id: string, work: (connection: MessageConnection, session: SessionSummary) => Promise<T>): Promise<T> =>
  withHost(async (connection) => work(connection, await connection.sendRequest(sessionStatus, { session: id })));
