import assert from 'node:assert/strict';
import {
  chmodSync, closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, watch, writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { mainLane } from '../../../src/core/ids.ts';
import type { Block } from '../../../src/core/view.ts';
import * as p from '../../../src/protocol/protocol.ts';
import type { Kept, Place } from '../../modelServer/kept.ts';
import { ClaudeProduct } from '../../support/claudeProduct.ts';
import { SessionUnderTest, toldSeam } from '../../support/sessionUnderTest.ts';

/**
 * What a seam promises of a history that was deleted, damaged, or written by a version that was never tried: told
 * before the click, and true.
 */
describe('a history of the real Claude Code that is not as it was written', () => {
  let claude: ClaudeProduct;
  let connection: MessageConnection;
  before(async () => {
    claude = await ClaudeProduct.open();
    connection = await claude.product.connect();
  });
  after(() => claude.dispose());

  const places: Record<string, Place> = {
    'prompt say [[hi]]': { request: 'hi/0', answered: 0, items: 3, last: 'say [[hi]]' },
    'text Hello from the model.': { request: 'hi/0', answered: 1, items: 4, last: 'Hello from the model.' },
    'prompt say it [[again]]': { request: 'again/0', answered: 0, items: 5, last: 'say it [[again]]' },
  };
  const end: Place = { request: 'again/0', answered: 1, items: 6, last: 'Hello again.' };

  /** A session with two turns, and its part of the model server's record. */
  async function twoTurns(id: string, env: Record<string, string> = {}) {
    const from = claude.requests().length;
    const session = await claude.start(connection, { id, env });
    await session.ask('say [[hi]]');
    await session.ask('say it [[again]]');
    const record = claude.requests().slice(from);
    return { session, keptAt: (place: Place) => claude.keptAt(place, record) };
  }

  const pathOf = (session: SessionUnderTest) => session.conversation.native.path;
  const tells = async (session: SessionUnderTest) =>
    (await session.seams()).map((seam) => `${toldSeam(session, seam)}: ${seam.fidelity}`);

  /** Rewinds to the first answer and goes back to the end: the problems of both next requests. */
  async function problemsOfBoth(session: SessionUnderTest, keptAt: (place: Place) => Kept): Promise<string[]> {
    const name = 'text Hello from the model.';
    const seam = (await session.seams()).find((one) => toldSeam(session, one) === name);
    assert.equal(seam?.fidelity, 'exact');
    await session.rewind(seam.seam);
    const problems = await claude.problemsOfNextRequest(session, keptAt(places[name] as Place));
    await session.switchTo('main');
    return [...problems, ...(await claude.problemsOfNextRequest(session, keptAt(end)))];
  }

  /** The copies that Backstitch keeps of the session's histories. */
  const keptOf = (session: SessionUnderTest) => join(claude.product.home, 'state', 'native', session.uid);
  const forgetKept = (session: SessionUnderTest) => rmSync(keptOf(session), { recursive: true, force: true });

  /**
   * Stops the agent, forgets what is kept of its histories, changes the lines of a transcript, and starts it again.
   */
  async function resumedWith(session: SessionUnderTest, change: (lines: string[]) => string[], path = pathOf(session)): Promise<void> {
    await connection.sendRequest(p.sessionStop, { session: session.uid });
    await session.until('the end', (c) => !c.alive);
    forgetKept(session);
    writeFileSync(`${path}.new`, change(readFileSync(path, 'utf8').split('\n')).join('\n'));
    renameSync(`${path}.new`, path);
    await connection.sendRequest(p.sessionResume, { session: session.uid, env: claude.env, cols: 100, rows: 30 });
    await session.idle();
  }

  /** Resolves when the copy that is kept of the session's history holds these words. */
  const keptCopyHolds = (session: SessionUnderTest, words: string) => new Promise<void>((resolve) => {
    const { native } = session.conversation;
    const path = join(keptOf(session), native.session, 'files', `${native.path}.whole`);
    const look = () => {
      if (!existsSync(path) || !readFileSync(path, 'utf8').includes(words)) return;
      watcher.close();
      resolve();
    };
    const watcher = watch(keptOf(session), { recursive: true }, look);
    look();
  });
  const lineWith = (lines: string[], words: string) => lines.findIndex((line) => line.includes(words));

  it('goes away and back when it was deleted while the agent ran', async () => {
    const { session, keptAt } = await twoTurns('deleted');
    rmSync(pathOf(session));
    rmSync(pathOf(session).replace(/\.jsonl$/, ''), { recursive: true, force: true });
    assert.deepEqual(await problemsOfBoth(session, keptAt), []);
  });

  it('goes away and back when it was emptied while the agent ran, and resumes', async () => {
    const { session, keptAt } = await twoTurns('emptied');
    await keptCopyHolds(session, 'Hello again.');
    truncateSync(pathOf(session), 0);
    await connection.sendRequest(p.sessionStop, { session: session.uid });
    await session.until('the end', (c) => !c.alive);
    await connection.sendRequest(p.sessionResume, { session: session.uid, env: claude.env, cols: 100, rows: 30 });
    await session.idle();
    assert.deepEqual(await problemsOfBoth(session, keptAt), []);
  });

  for (const [how, other] of Object.entries({ changed: 'Jello', unreadable: '"\0\0\0\0' })) {
    it(`goes away and back when a line in the middle is ${how}, and the file as long as it was`, async () => {
      const { session, keptAt } = await twoTurns(how);
      await keptCopyHolds(session, 'Hello again.');
      const file = openSync(pathOf(session), 'r+');
      const content = readFileSync(file);
      const at = content.indexOf('Hello from the model.');
      assert.ok(at > 8_192 && at < content.length - 8_192, `${at} of ${content.length}`);
      writeSync(file, other, at);
      closeSync(file);
      assert.deepEqual(await problemsOfBoth(session, keptAt), []);
    });
  }

  it('is cut and resumed without the lines that the CLI skips', async () => {
    const { session, keptAt } = await twoTurns('skipped');
    await resumedWith(session, (lines) => [...lines.slice(0, 4), '\0'.repeat(300), ...lines.slice(4)]);
    assert.deepEqual(await tells(session), [
      'prompt say [[hi]]: exact', 'text Hello from the model.: exact', 'prompt say it [[again]]: exact',
    ]);
    assert.deepEqual(await problemsOfBoth(session, keptAt), []);
  });

  it('says before the click what was lost with such a line, and refuses what cannot be kept', async () => {
    const { session, keptAt } = await twoTurns('lost');
    await resumedWith(session, (lines) => {
      const at = lineWith(lines, '"content":"say it [[again]]"');
      return [...lines.slice(0, at), `${lines[at]}${lines[at + 1]}`, ...lines.slice(at + 2)];
    });
    assert.deepEqual(await tells(session), [
      'prompt say [[hi]]: exact', 'text Hello from the model.: exact', 'prompt say it [[again]]: none',
    ]);
    const [first, , last] = await session.seams();
    const lost = /^Claude Code’s history does not hold this step any more, or one above it \(a line in it cannot/;
    assert.match(last?.reason ?? '', lost);
    const preview = await connection.sendRequest(p.sessionPreview, { session: session.uid, seam: last?.seam ?? '' });
    assert.deepEqual([preview.fidelity, preview.reason], ['none', last?.reason]);
    await assert.rejects(session.rewind(last?.seam ?? ''), /does not hold this step any more/);
    await session.rewind(first?.seam ?? '');
    const kept = keptAt(places['prompt say [[hi]]'] as Place);
    assert.deepEqual(await claude.problemsOfNextRequest(session, kept), []);
  });

  it('says that a row above is of a kind that is not known', async () => {
    const { session } = await twoTurns('unknown');
    await resumedWith(session, (lines) => {
      const at = lineWith(lines, '"content":"say it [[again]]"');
      const prompt = JSON.parse(lines[at] ?? '') as { parentUuid: string };
      const strange = { ...prompt, type: 'hologram', uuid: crypto.randomUUID(), message: undefined };
      const below = JSON.stringify({ ...prompt, parentUuid: strange.uuid });
      return [...lines.slice(0, at), JSON.stringify(strange), below, ...lines.slice(at + 1)];
    });
    assert.deepEqual(await tells(session), [
      'prompt say [[hi]]: exact', 'text Hello from the model.: exact', 'prompt say it [[again]]: approximate',
    ]);
    const last = (await session.seams()).at(-1);
    assert.match(last?.reason ?? '', /^There is a row of the unknown type “hologram” above: /);
    const outcome = await session.rewind(last?.seam ?? '');
    assert.equal(outcome.fidelity, 'approximate');
  });

  it('says before the click that the transcript of a subagent has lost rows', async () => {
    const session = await claude.start(connection, { id: 'child' });
    await session.ask('say [[hi]]');
    await session.ask('send a [[subagent]]');
    const isReport = (block: Block) => block.kind === 'prompt' && block.source === 'agent';
    await session.until('the turn that its end starts', (c) => c.chain(mainLane).some(isReport));
    await session.idle();
    const directory = join(pathOf(session).replace(/\.jsonl$/, ''), 'subagents');
    const name = readdirSync(directory).find((one) => one.endsWith('.jsonl')) ?? '';
    const open = 'Background work had not ended here (Look at the files): Claude Code tells the model that it was stopped.';
    const doubted = (await session.seams()).filter((seam) => seam.fidelity !== 'exact');
    assert.deepEqual(doubted.map((seam) => [toldSeam(session, seam), seam.fidelity, seam.reason]), [
      ['tool Agent', 'approximate', open], ['text Somebody is at work.', 'approximate', open],
    ]);
    await resumedWith(session, (lines) => {
      const at = lineWith(lines, '"text":"The child reads."');
      return [...lines.slice(0, at), '\0'.repeat(lines[at]?.length ?? 0), ...lines.slice(at + 1)];
    }, join(directory, name));
    assert.deepEqual(await tells(session), [
      'prompt say [[hi]]: exact', 'text Hello from the model.: exact', 'prompt send a [[subagent]]: exact',
      'text I send somebody.: exact', 'tool Agent: approximate', 'text Somebody is at work.: approximate',
      'prompt a task has ended: approximate',
    ]);
    const seam = (await session.seams()).find((one) => toldSeam(session, one) === 'tool Agent');
    const reason = 'The transcript of the subagent “Look at the files” has lost rows: '
      + 'Claude Code goes on without them when it speaks to that subagent again.';
    assert.equal(seam?.reason, `${reason} ${open}`);
    const preview = await connection.sendRequest(p.sessionPreview, { session: session.uid, seam: seam.seam });
    assert.deepEqual([preview.fidelity, preview.reason], ['approximate', seam.reason]);
  });

  it('says at each seam that this version was not tried, after a trial cut', async () => {
    const folder = join(claude.product.home, 'newer');
    mkdirSync(folder);
    const program = join(folder, 'claude');
    const asksVersion = 'if [ "$1" = --version ]; then echo "9.9.9 (Claude Code)"; exit; fi';
    const script = ['#!/bin/bash', asksVersion, `exec ${claude.claude} "$@"`];
    writeFileSync(program, `${script.join('\n')}\n`);
    chmodSync(program, 0o755);
    const { session, keptAt } = await twoTurns('newer', { PATH: `${folder}:${process.env['PATH']}` });
    const untried = 'Claude Code 9.9.9 is newer than 2.1.329, the newest version that Backstitch was tried with. '
      + 'A trial cut of this history read back as it should.';
    assert.deepEqual((await session.seams()).map(({ fidelity, reason }) => [fidelity, reason]), [
      ['approximate', untried], ['approximate', untried], ['approximate', untried],
    ]);
    const [, seam] = await session.seams();
    const preview = await connection.sendRequest(p.sessionPreview, { session: session.uid, seam: seam?.seam ?? '' });
    assert.deepEqual([preview.fidelity, preview.reason], ['approximate', untried]);
    await session.rewind(seam?.seam ?? '');
    const kept = keptAt(places['text Hello from the model.'] as Place);
    assert.deepEqual(await claude.problemsOfNextRequest(session, kept), []);
  });
});
