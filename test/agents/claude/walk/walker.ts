import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import type { Block } from '../../../../src/core/view.ts';
import * as p from '../../../../src/protocol/protocol.ts';
import { keptHistoryProblems, nextStepProblems } from '../../../modelServer/compareHistory.ts';
import { withAdded, wholeOf } from '../../../modelServer/kept.ts';
import type { RecordedRequest } from '../../../modelServer/modelServer.ts';
import type { Answer } from '../../../modelServer/scenario.ts';
import { text, tool } from '../../../modelServer/scenarios.ts';
import { ClaudeProduct } from '../../../support/claudeProduct.ts';
import { interrupted } from '../../../support/claudeWords.ts';
import { SessionUnderTest } from '../../../support/sessionUnderTest.ts';
import { type Files, folderProblems, FolderModel, type Writer } from './folderModel.ts';
import { failedCalls, type Line, lineAt, type Place, placesOf, withoutNews } from './historyModel.ts';
import { type Random, randomFrom } from './random.ts';

/** A call of the agent, and what it does to the folder when it does not fail. */
export interface Call {
  name: string;
  input: Record<string, unknown>;
  writes: [path: string, content: string | null][];
}

/** One answer of the model: a text, and the calls behind it. */
export interface Act {
  says: string;
  calls: Call[];
  /** The calls come once it is open. */
  gate?: Promise<void>;
}

export interface Operation {
  name: string;
  weight: number;
  can(walker: Walker): boolean;
  /** Chooses, tells what was chosen, does it, and holds what is seen against the model. */
  run(walker: Walker): Promise<void>;
}

export const args = [
  '--permission-mode',
  'acceptEdits',
  '--allowedTools',
  'Bash(ls:*),Bash(tee:*),Bash(printf:*),Bash(rm:*),Read,Write,Edit,Agent',
];

/** A session of the real agent on its random way, with the test's own model of what it remembers and what its folder holds. */
export class Walker {
  readonly claude: ClaudeProduct;
  readonly random: Random;
  readonly folder: FolderModel;
  /** What was done, an operation a line. */
  readonly done: string[] = [];
  connection: MessageConnection;
  session: SessionUnderTest;
  /** By the names that the product gives its branches. */
  lines = new Map<string, Line>();
  #live = '';
  readonly #listeners = new Set<() => void>();
  #count = 0;

  static async open(seed: number): Promise<Walker> {
    const claude = await ClaudeProduct.open();
    const connection = await claude.product.connect();
    return new Walker(claude, seed, connection, await claude.start(connection, { args }));
  }

  private constructor(claude: ClaudeProduct, seed: number, connection: MessageConnection, session: SessionUnderTest) {
    this.claude = claude;
    this.random = randomFrom(seed);
    this.connection = connection;
    this.session = session;
    this.folder = new FolderModel(this.disk());
    this.#hear();
    this.lines.set(session.conversation.branch, {
      places: [],
      isPast: false,
      tail: { is: 'learnt', having: [], without: [] },
      isOpen: false,
      left: null,
      floor: 0,
    });
  }

  get line(): Line {
    const line = this.lines.get(this.session.conversation.branch);
    if (!line) throw new Error(`the model has no branch ${this.session.conversation.branch}`);
    return line;
  }

  get cwd(): string {
    return this.claude.sandbox.cwd;
  }

  async step(operation: Operation): Promise<void> {
    this.done.push(`${this.done.length + 1} ${operation.name}`);
    await operation.run(this);
    this.tell(`[${this.session.conversation.branch}]`);
    await this.#check();
  }

  /** What was chosen for the operation under way. */
  tell(words: string): void {
    this.done.push(`${this.done.pop()} ${words}`);
  }

  /** A number that no other prompt, file content or name of this walk has. */
  count(): number {
    return ++this.#count;
  }

  disk(): Files {
    const files = readdirSync(this.cwd, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    return new Map(files.map((file) => [relative(this.cwd, file), readFileSync(file, 'utf8')]));
  }

  /** The product has to see the folder as it is now. */
  mark(): Files {
    const files = this.folder.moment();
    const { places, isPast } = this.line;
    const tip = places.at(-1);
    if (tip && !isPast) tip.files = files;
    return files;
  }

  /** The user's own write; `content` null removes the file. */
  writeAsUser(path: string, content: string | null, by: Writer = 'others'): void {
    const file = join(this.cwd, path);
    if (content === null) rmSync(file, { force: true });
    else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    this.folder.write(path, content, by);
  }

  /** The connection to the host is another one now. */
  async reconnected(connection: MessageConnection, uid = this.session.uid): Promise<void> {
    this.connection = connection;
    this.session = await SessionUnderTest.open(connection, uid);
    this.#hear();
  }

  #hear(): void {
    this.connection.onNotification(p.sessionLive, ({ session, live }) => {
      if (session !== this.session.uid) return;
      for (const { text: words } of live) this.#live += words ?? '';
      for (const look of this.#listeners) look();
    });
  }

  /** Resolves once the agent has said those words. */
  heard(words: string): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.#live.includes(words)) return;
        this.#listeners.delete(look);
        resolve();
      };
      this.#listeners.add(look);
      look();
    });
  }

  /** Sends a prompt whose turn goes as scripted, and holds what the model server got against the model. */
  async turn(
    acts: readonly Act[],
    during: (session: SessionUnderTest) => Promise<void> = async () => {},
  ): Promise<void> {
    const { prompt, name, n, files } = this.#script((n) => answersOf(acts, n));
    const from = this.claude.model.requests.length;
    await this.session.send(prompt);
    await during(this.session);
    await this.session.idle();
    // The CLI writes the last rows of a turn after it has come to rest.
    await this.session.until(`the end of “${prompt}”`, (c) =>
      c.chain('main').some((block) => block.kind === 'text' && block.text === `Done with ${n}.`),
    );
    this.#takeTurn(prompt, acts, this.#requestsOf(name, from), files);
  }

  /** Sends a prompt that comes to a question, and does something then that ends the agent; it goes on behind the words before its call. */
  async cutOffTurn(act: Act, end: () => Promise<void>): Promise<void> {
    const { prompt, name } = this.#script((n) => answersOf([act], n));
    const from = this.claude.model.requests.length;
    await this.session.send(prompt);
    await this.session.until('the question', (c) => c.requests.size === 1);
    await this.landed('tool');
    const [request] = this.#requestsOf(name, from);
    assert.ok(request, `the model was asked nothing for “${prompt}”`);
    this.checkFirst(request, prompt);
    const { branch } = this.session.conversation;
    this.line.places.push(...placesOf([request], prompt, [this.mark()]));
    const { line } = this;
    await end();
    this.lines.set(this.session.conversation.branch, lineAt(line, line.places.length - 1));
    // What was left out of it stays there, and cannot be gone on with as it is.
    assert.notEqual(this.session.conversation.branch, branch);
    this.lines.delete(branch);
  }

  /** The agent itself has gone back to before the place: the product sees it with the next prompt, and keeps what was there as a branch. */
  async goneBack(index: number): Promise<void> {
    const { branch, branches } = this.session.conversation;
    const [aside, known] = [this.line, new Set(branches.keys())];
    this.lines.set(branch, lineAt(aside, index - 1));
    await this.turn([]);
    const added = [...this.session.conversation.branches.keys()].filter((name) => !known.has(name));
    assert.equal(added.length, 1, `a branch for what the agent has left: ${added.join(', ')}`);
    this.lines.set(added[0] ?? '', { ...aside, left: this.line.places[index]?.files ?? null, isPast: true });
  }

  /**
   * Sends a prompt whose answer stops after its first words, and does something then that ends the turn. `left` tells what stays of it:
   * those words and that it was interrupted, or the prompt alone.
   */
  async brokenTurn(left: 'words' | 'prompt', end: () => Promise<void>): Promise<void> {
    const says = (n: number): string => `I begin with ${n}.\n`;
    const { prompt, name, n } = this.#script((one) => [
      { blocks: [text(says(one)), text('Never said.')], gate: new Promise(() => {}), holdAfter: 1 },
    ]);
    const from = this.claude.model.requests.length;
    await this.session.send(prompt);
    await this.heard(says(n).trim());
    await this.session.until(`the prompt “${prompt}”`, (c) =>
      c.chain('main').some((block) => block.kind === 'prompt' && block.text === prompt),
    );
    const [request] = this.#requestsOf(name, from);
    assert.ok(request, `the model was asked nothing for “${prompt}”`);
    this.checkFirst(request, prompt);
    const asked = placesOf([{ ...request, answered: left === 'words' ? request.answered : [] }], prompt, [this.mark()]);
    this.line.places.push(...asked);
    this.line.isPast = left === 'words';
    const kept = { body: request.body, messages: request.body.messages };
    const said = { role: 'assistant' as const, content: says(n) };
    this.line.tail = { is: 'known', kept: left === 'words' ? withAdded(kept, said, interrupted) : kept };
    this.line.isOpen = false;
    await end();
  }

  #script(answers: (n: number) => Answer[]): { prompt: string; name: string; n: number; files: Files } {
    const n = this.count();
    this.claude.model.script(`walk${n}`, answers(n));
    const files = this.mark();
    return { files, prompt: `go on, ${n} [[walk${n}]]`, name: `walk${n}`, n };
  }

  #requestsOf(name: string, from: number): RecordedRequest[] {
    return this.claude.model.requests.slice(from).filter(({ kind, scenario }) => kind === 'agent' && scenario === name);
  }

  #takeTurn(prompt: string, acts: readonly Act[], requests: readonly RecordedRequest[], before: Files): void {
    const [first] = requests;
    assert.ok(first, `the model was asked nothing for “${prompt}”`);
    assert.equal(requests.length, acts.length + 1, `“${prompt}” has another number of requests`);
    this.checkFirst(first, prompt);
    const filesAt = [before];
    for (const [index, { calls }] of acts.entries()) {
      const [asked, after] = [requests[index], requests[index + 1]];
      if (!asked || !after) continue;
      assert.deepEqual(
        nextStepProblems(wholeOf(asked), withoutNews(wholeOf(asked), after.body)),
        [],
        `request ${index + 2} of “${prompt}”`,
      );
      const failed = failedCalls(after);
      const ids = asked.answered.flatMap((block) => (block.type === 'tool_use' ? [block.id ?? ''] : []));
      for (const [at, { writes }] of calls.entries())
        if (!failed.has(ids[at] ?? ''))
          for (const [path, content] of writes) this.folder.write(path, content, 'session');
      filesAt.push(this.folder.moment());
    }
    this.line.places.push(...placesOf(requests, prompt, filesAt));
    this.line.isPast = false;
    this.line.isOpen = false;
    this.line.tail = { is: 'known', kept: wholeOf(requests.at(-1) as RecordedRequest) };
  }

  /** The first request behind a prompt is the history that the model of this test expects, and the prompt. */
  checkFirst(request: RecordedRequest, prompt: string): void {
    const { tail } = this.line;
    if (tail.is === 'known')
      return assert.deepEqual(
        keptHistoryProblems(tail.kept, withoutNews(tail.kept, request.body), prompt),
        [],
        `the request of “${prompt}”`,
      );
    const all = JSON.stringify(request.body.messages);
    assert.deepEqual(
      tail.without.filter((words) => all.includes(words)),
      [],
      `the request of “${prompt}” still has these words`,
    );
    assert.deepEqual(
      tail.having.filter((words) => !all.includes(words)),
      [],
      `the request of “${prompt}” has not these words`,
    );
  }

  /** Goes to another line, by the product, and holds the folder against the model. */
  async move(what: () => Promise<p.RewindOutcome>, line: Line, to: Files | null): Promise<void> {
    this.line.left = this.mark();
    const outcome = await what();
    const expected = to ? this.folder.restore(to) : { restored: [], conflicts: [] };
    assert.equal(outcome.fidelity, 'exact', JSON.stringify(outcome));
    // A client that came late has only loaded the branch that it saw.
    await this.reconnected(this.connection);
    this.lines.set(outcome.branch, { ...line, isPast: true });
    assert.equal(this.session.conversation.branch, outcome.branch);
    this.mark();
    const { restored = [], conflicts = [] } = outcome.files;
    assert.deepEqual(
      { restored: restored.toSorted(), conflicts: conflicts.toSorted() },
      expected,
      `what the move did to files: ${JSON.stringify(outcome.files)}`,
    );
  }

  /** The places of this line that the product has to offer as seams. */
  get seams(): Place[] {
    const { places, isOpen } = this.line;
    return isOpen ? places : places.slice(0, -1);
  }

  /** Prompts that the agent itself can go back to before: those since its last compaction that stand behind a whole turn. */
  get prompts(): { index: number; prompt: string }[] {
    const { places, tail } = this.line;
    if (tail.is !== 'known') return [];
    return places.flatMap(({ told }, index) =>
      index >= this.line.floor && told.startsWith('prompt') && places[index - 1]?.told.startsWith('text Done')
        ? [{ index, prompt: told.slice('prompt '.length) }]
        : [],
    );
  }

  /** The product's name of a seam of the current line. */
  async seamAt(index: number): Promise<string> {
    return (await this.session.seams())[index]?.seam ?? '';
  }

  async #check(): Promise<void> {
    assert.deepEqual(folderProblems(this.folder.now, this.disk()), []);
    const seams = await this.session.seams();
    assert.deepEqual(
      await Promise.all(seams.map((seam) => this.#told(seam.after))),
      this.seams.map(({ told }) => told),
      'the seams',
    );
    assert.deepEqual(
      seams.filter(({ fidelity }) => fidelity !== 'exact').map(({ after, reason }) => `${after}: ${reason}`),
      [],
      'seams that are not exact',
    );
  }

  async #told(id: string): Promise<string> {
    const block = await this.connection.sendRequest(p.sessionBlock, { session: this.session.uid, block: id });
    return block.kind === 'tool'
      ? `tool ${block.tool}`
      : `${block.kind} ${'text' in block ? block.text.split('\n')[0] : ''}`;
  }

  rewindTo(index: number, options: { files: boolean; interrupt?: boolean }): Promise<void> {
    const place = this.line.places[index];
    assert.ok(place);
    const line = lineAt(this.line, index);
    return this.move(
      async () => this.session.rewind(await this.seamAt(index), options),
      line,
      options.files ? place.files : null,
    );
  }

  /** The last step of the conversation is of that kind. */
  landed(kind: Block['kind']): Promise<void> {
    return this.session.until(`a last step that is a ${kind}`, (c) => c.chain('main').at(-1)?.kind === kind);
  }

  async resume(): Promise<void> {
    this.mark();
    await this.connection.sendRequest(p.sessionResume, {
      session: this.session.uid,
      env: this.claude.env,
      cols: 100,
      rows: 30,
    });
    await this.session.idle();
  }

  async dispose(): Promise<void> {
    await this.claude.dispose();
  }
}

const answersOf = (acts: readonly Act[], n: number): Answer[] => [
  ...acts.map(({ says, calls, gate }): Answer => ({
    blocks: [text(says), ...calls.map(({ name, input }) => tool(name, input))],
    ...(gate ? { gate, holdAfter: 1 } : {}),
  })),
  [text(`Done with ${n}.`)],
];
