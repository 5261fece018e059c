/**
 * Carries one hook call of Claude Code from standard input to the session host: `hookRelay.mjs <url> <file with the token>`.
 * Prints nothing (what a SessionStart hook prints goes into the model's context) and always ends with 0, so that the CLI never reports it.
 */
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import process from 'node:process';

/** The agent waits for us before its first prompt: a host that does not answer must not hold it up. */
const answerMs = 3_000;

const [url, tokenPath] = process.argv.slice(2);
const token = tokenPath ? await readFile(tokenPath, 'utf8').catch(() => '') : '';
if (url && token) {
  const body = await buffer(process.stdin);
  await new Promise<void>((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length, 'x-backstitch-token': token };
    const call = request(url, { method: 'POST', headers, timeout: answerMs }, (reply) => reply.resume().on('close', resolve));
    call.on('timeout', () => call.destroy());
    // Nobody listens any more: the session has ended, and this call with it.
    call.on('error', () => resolve());
    call.end(body);
  });
}
