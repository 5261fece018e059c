import type { Socket } from 'node:net';
import { createMessageConnection, type MessageConnection } from 'vscode-jsonrpc/node';
import { SocketReader } from './socketReader.ts';
import { SocketWriter } from './socketWriter.ts';

/** JSON-RPC over a socket. Not listening yet: register handlers first, then call `listen()`. Writing to a socket that went away is no error. */
export function connectionOver(socket: Socket): MessageConnection {
  const connection = createMessageConnection(new SocketReader(socket), new SocketWriter(socket));
  connection.onError(() => socket.destroy());
  return connection;
}
