import type { Socket } from 'node:net';
import { createMessageConnection, SocketMessageReader, type MessageConnection } from 'vscode-jsonrpc/node';
import { SocketWriter } from './socketWriter.ts';

/** JSON-RPC over a socket. Not listening yet: register handlers first, then call `listen()`. Writing to a socket that went away is no error. */
export function connectionOver(socket: Socket): MessageConnection {
  const reader = new SocketMessageReader(socket);
  // Its timer is set anew for ever (and keeps a process alive) when the other side is killed in the middle of a message.
  reader.partialMessageTimeout = 0;
  const connection = createMessageConnection(reader, new SocketWriter(socket));
  connection.onError(() => socket.destroy());
  return connection;
}
