import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import * as p from '../../../src/protocol/protocol.ts';
import { text } from '../../modelServer/scenarios.ts';
import { ClaudeProduct } from '../../support/claudeProduct.ts';
import type { SessionUnderTest } from '../../support/sessionUnderTest.ts';

/** The key that ends a turn of the real Claude Code, at the moment in which the turn ends by itself. */
let claude: ClaudeProduct;
let connection: MessageConnection;
let open: () => void;
before(async () => {
  const gate = new Promise<void>((resolve) => { open = resolve; });
  claude = await ClaudeProduct.open({}, () => ({ gated: [{ blocks: [text('First words. '), text('Last words.')], gate, holdAfter: 1 }] }));
  connection = await claude.product.connect();
});
after(() => claude.dispose());

const statuses = (session: SessionUnderTest): string[] => [...session.conversation.turns.values()].map(({ status }) => status);
const interrupt = (session: SessionUnderTest, shown: { branch: string; turn: string | null; seq: number }) =>
  connection.sendRequest(p.sessionInterrupt, { session: session.uid, shown }).then(() => 'pressed', (error: { data?: { code?: string } }) => error.data?.code);

it('an interrupt for a turn that has just ended leaves the next prompt of the queue alone', async () => {
  const session = await claude.start(connection);
  await session.send('Begin. [[gated]]');
  await session.until('a turn', ({ runningTurn }) => runningTurn !== null);
  const { branch, runningTurn: turn, lastSeq: seq } = session.conversation;
  await session.send('carry on [[next]]');
  open();
  await session.until('the end of that turn', ({ runningTurn }) => runningTurn !== turn);
  // Asked again and again while the next prompt is typed, taken up and answered.
  const told = new Set<string | undefined>();
  while (session.conversation.turns.size < 2 || session.conversation.runningTurn !== null) told.add(await interrupt(session, { branch, turn, seq }));
  await session.idle();
  assert.deepEqual([[...told], statuses(session)], [['turn-over'], ['completed', 'completed']]);
});
