import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { electHost } from '../../src/node/hostSocket.ts';
import { openStateDirectory } from '../../src/node/stateDirectory.ts';

/** Stands for election at each line on stdin, and says `elected` or `taken`; to be killed. */
const directory = await openStateDirectory(process.argv[2] ?? '');
writeSync(1, 'ready\n');
for await (const _ of createInterface({ input: process.stdin })) {
  const election = await electHost(directory, 1);
  if (election.is === 'elected') election.server.on('connection', (socket) => socket.end(`host ${process.pid}`));
  writeSync(1, `${election.is}\n`);
}
