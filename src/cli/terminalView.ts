import type { MessageConnection } from 'vscode-jsonrpc/node';
import type { SessionSummary } from '../core/view.ts';
import { sessionEvents, sessionOpen, terminalDetach, terminalInput } from '../protocol/protocol.ts';
import { detachKeys } from './detachKeys.ts';
import { exitCodeOf } from './exitCode.ts';
import { ShownTerminal } from './shownTerminal.ts';

export const canAttach = (): boolean => process.stdin.isTTY === true && process.stdout.isTTY === true;

/** Why an attachment ended: the person detached, the session ended with the agent's code, or the host went away. */
export type End = { is: 'detached' } | { is: 'exited'; code: number | null } | { is: 'lost' };

const sentence = (end: End, id: string): string => {
  switch (end.is) {
    case 'detached': return `[detached from ${id}; it goes on. backstitch attach --id ${id}]`;
    case 'exited': return `[${id} has ended${end.code === null ? '' : ` with code ${end.code}`}]`;
    case 'lost': return '[the session host has gone away]';
  }
};

/** 0 when detached, else the agent's own. */
export const exitCodeAfter = (end: End): number => (end.is === 'exited' ? end.code ?? 1 : Number(end.is === 'lost'));

/** Resolves when the session is over, the connection breaks or `detach` is called. */
const untilEnd = (connection: MessageConnection, session: string): { ended: Promise<End>; exited(code: number | null): void; detach(): void } => {
  let resolve: (end: End) => void = () => undefined;
  const ended = new Promise<End>((done) => { resolve = done; });
  connection.onNotification(sessionEvents, ({ session: of, events }) => {
    for (const event of of === session ? events : []) {
      if (event.type === 'exited' && 'code' in event) resolve({ is: 'exited', code: typeof event.code === 'number' ? event.code : null });
    }
  });
  connection.onClose(() => resolve({ is: 'lost' }));
  return { ended, exited: (code) => resolve({ is: 'exited', code }), detach: () => resolve({ is: 'detached' }) };
};

/**
 * Puts the session's terminal on this shell until the person detaches (Ctrl-\ d) or the session ends; the terminal is put back in
 * order whatever happens, and then says on stderr how it ended.
 */
export const attachTerminal = async (connection: MessageConnection, { uid, id }: SessionSummary): Promise<End> => {
  const shown = new ShownTerminal(connection, uid);
  const keys = detachKeys();
  const view = untilEnd(connection, uid);
  const onInput = (data: string): void => {
    const typed = keys(data);
    if (typed.pass !== '') void connection.sendNotification(terminalInput, { session: uid, data: typed.pass }).catch(() => undefined);
    if (typed.detach) view.detach();
  };
  const onResize = (): void => shown.resized();
  process.stderr.write(`[${id}: Ctrl-\\ then d detaches, the agent goes on]\r\n`);
  const putBack = (): void => {
    process.stdin.off('data', onInput).setRawMode(false).pause();
    process.stdout.off('resize', onResize).write(shown.restore());
  };
  try {
    process.stdin.setRawMode(true).setEncoding('utf8').on('data', onInput);
    process.stdout.on('resize', onResize);
    const { summary } = await connection.sendRequest(sessionOpen, { session: uid, blocks: 1 });
    // It may have ended before anybody looked.
    if (!summary.alive) void exitCodeOf(summary).then(view.exited, view.detach);
    await shown.attach();
    const end = await view.ended;
    if (end.is === 'detached') await connection.sendRequest(terminalDetach, { session: uid });
    putBack();
    process.stderr.write(`${sentence(end, id)}\n`);
    return end;
  } catch (error) {
    putBack();
    throw error;
  }
};
