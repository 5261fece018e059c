import { writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { connectHost } from '../../src/client/connect.ts';
import * as p from '../../src/protocol/protocol.ts';

/**
 * A client that has every session of its arguments on its screen, as a window has; to be killed. Says how long it took until all were there,
 * and of each piece of output where it ends, how long it is, and its checksum.
 */
const uids = process.argv.slice(2);
const startedMs = performance.now();
const host = await connectHost({ env: process.env, hostScript: '', execPath: '', client: 'test', build: 'test' });
if (!host) throw new Error('there is no host');
const { connection } = host;
connection.onNotification(p.terminalData, ({ session, data, offset }) => {
  writeSync(1, `data ${session} ${offset} ${data.length} ${crc32(data)}\n`);
  void connection.sendNotification(p.terminalAck, { session, offset });
});
await Promise.all(uids.map(async (session) => {
  const { offset } = await connection.sendRequest(p.terminalAttach, { session, cols: 80, rows: 24 });
  writeSync(1, `attached ${session} ${offset} 0 0\n`);
}));
writeSync(1, `all - ${Math.round(performance.now() - startedMs)} 0 0\n`);
