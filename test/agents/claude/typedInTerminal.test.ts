import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { mainLane } from '../../../src/core/ids.ts';
import * as p from '../../../src/protocol/protocol.ts';
import type { Place } from '../../modelServer/kept.ts';
import type { RecordedRequest } from '../../modelServer/modelServer.ts';
import { ClaudeProduct } from '../../support/claudeProduct.ts';
import { type SessionUnderTest, toldSeam } from '../../support/sessionUnderTest.ts';
import { press } from '../../support/terminalKeys.ts';

/** The input box while it is empty, and while it holds these words. */
const empty = /^❯\s*\n─/m;
const boxWith = (words: string) => new RegExp(`^[❯!]\\s${words.replace(/[[\]]/g, '\\$&')}\\s*\\n─`, 'm');
/** The keys of a line: `!` opens the CLI's shell and is no part of what its box shows. */
const line = (words: string): [RegExp, string][] => [[empty, words], [boxWith(words.replace(/^!/, '')), '\r']];
const closed: [RegExp, string] = [/Esc to close/, '\u001b'];

/**
 * What a user types into the agent's own terminal goes past the host's queue: commands of the agent, some of which the
 * model is given with the next prompt, a shell command, a note, an exit. What the panel shows, and what the model gets
 * behind a rewind to the seams around them, is compared with the model server's record.
 */
describe('what a user types into the terminal of the real Claude Code', () => {
  let claude: ClaudeProduct;
  let connection: MessageConnection;
  let session: SessionUnderTest;
  let record: RecordedRequest[] = [];
  before(async () => {
    claude = await ClaudeProduct.open();
    connection = await claude.product.connect();
    session = await claude.start(connection);
  });
  after(() => claude.dispose());

  const shows = (kind: string, words: string, times = 1) => session.until(words, (c) =>
    c.chain(mainLane).filter((block) => block.kind === kind && 'text' in block && block.text.startsWith(words)).length === times);
  const answered = async (words: string, times: number) => {
    await shows('text', words, times);
    await session.idle();
  };

  it('is shown, each in its place', async () => {
    await press(session, ...line('say [[hi]]'));
    await answered('Hello from the model.', 1);
    await press(session, ...line('/context'));
    await shows('notice', 'Context usage');
    await press(session, ...line('/cost'), closed, ...line('/status'), closed);
    await session.ask('say it [[again]]');
    await press(session, ...line('!ls'));
    await answered('Hello again.', 2);
    await press(session, ...line('#note'));
    await answered('Hello again.', 3);
    await press(session, ...line('/model'), [/Select model/, '\u001b']);
    await shows('notice', 'Kept model');
    await session.ask('go on [[next]]');
    await press(session, ...line('/compact the files'));
    await session.until('the compaction', (c) => c.chain(mainLane).some(({ kind }) => kind === 'compaction'));
    await session.idle();
    await press(session, ...line('/rename foo'));
    await shows('notice', 'Session renamed');
    await session.ask('once more [[hi]]');
    assert.deepEqual(session.steps().map((step) => step.replace(/^b\d+ /, '')), [
      'prompt say [[hi]]', 'text Hello from the model.', 'notice /context', 'notice Context usage',
      'prompt say it [[again]]', 'text Hello again.', 'notice ! ls', 'notice hello.txt', 'text Hello again.',
      'prompt #note', 'text Hello again.', 'notice /model', 'notice Kept model as `Opus 5.5 (default)`',
      'prompt go on [[next]]', 'text Going on from here.', 'compaction 1. Primary Request: the scripted work.',
      'notice /compact the files', 'notice Compacted (ctrl+o to see full summary)', 'notice /rename foo',
      'notice Session renamed to: foo', 'prompt once more [[hi]]', 'text Hello from the model.',
    ]);
  });

  it('ends the session by “/exit”; a resume goes on where it was, and the model is given nothing of that', async () => {
    record = claude.requests();
    await press(session, ...line('/exit'));
    await session.until('the end', (c) => !c.alive);
    await connection.sendRequest(p.sessionResume, { session: session.uid, env: claude.env, cols: 100, rows: 30 });
    await session.idle();
    const kept = claude.keptAt({ ...ends, items: 12 }, record.slice(-1));
    assert.deepEqual(await claude.problemsOfNextRequest(session, kept), []);
  });

  const ends: Place = { request: 'hi/0', answered: 1, items: 0, last: 'Hello from the model.' };
  /** Seams around it, and where each is in the part of the record from its prompt on. */
  const seams: { seam: string; at: Place }[] = [
    { seam: 's2 text Hello from the model.', at: { request: 'hi/0', answered: 1, items: 4, last: 'Hello from the model.' } },
    { seam: 's5 prompt say it [[again]]', at: { request: 'again/0', answered: 0, items: 7, last: 'say it [[again]]' } },
    { seam: 's6 text Hello again.', at: { request: 'again/0', answered: 1, items: 8, last: 'Hello again.' } },
    { seam: 's9 text Hello again.', at: { request: 'again/1', answered: 1, items: 11, last: 'Hello again.' } },
    { seam: 's10 prompt #note', at: { request: 'again/2', answered: 0, items: 12, last: '#note' } },
    { seam: 's14 prompt go on [[next]]', at: { request: 'next/0', answered: 0, items: 16, last: 'go on [[next]]' } },
    { seam: 's15 text Going on from here.', at: { request: 'next/0', answered: 1, items: 17, last: 'Going on from here.' } },
    { seam: 's21 prompt once more [[hi]]', at: { request: 'hi/0', answered: 0, items: 11, last: 'once more [[hi]]' } },
  ];

  it('is given to the model again behind a rewind to each seam around it, and nothing below it', async () => {
    const wrong: string[] = [];
    for (const { seam: name, at } of seams) {
      const seam = (await session.seams('main')).find((one) => `${one.seam} ${toldSeam(session, one)}` === name);
      assert.equal(seam?.fidelity, 'exact', name);
      await session.rewind(seam.seam);
      const part = name.startsWith('s21') ? record.slice(-1) : record.slice(0, -1);
      const problems = await claude.problemsOfNextRequest(session, claude.keptAt(at, part));
      wrong.push(...problems.map((problem) => `${name}: ${problem}`));
      await session.switchTo('main');
    }
    assert.deepEqual(wrong, []);
  });
});
