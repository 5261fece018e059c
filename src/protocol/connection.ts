import type { Socket } from 'node:net';
import { createMessageConnection, type MessageConnection } from 'vscode-jsonrpc/node';
import type { Backlog } from './backlog.ts';
import { SocketReader } from './socketReader.ts';
import { SocketWriter } from './socketWriter.ts';

/**
 * JSON-RPC over a socket. Not listening yet: register handlers first, then call `listen()`. Writing to a socket that went away is no error.
 * With `backlog` no more is taken in than the other side reads answers.
 */
export function connectionOver(socket: Socket, backlog?: Backlog): MessageConnection {
  const connection = createMessageConnection(new SocketReader(socket, backlog), new SocketWriter(socket, backlog));
  if (backlog) socket.once('close', () => backlog.dispose());
  connection.onError(() => socket.destroy());
  return connection;
}
