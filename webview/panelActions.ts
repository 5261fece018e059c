import type { MessageConnection } from 'vscode-jsonrpc/browser';
import { sessionAnswer, sessionBlock, sessionChangeQueue, sessionInterrupt, sessionPage, sessionPreview, sessionPreviewSwitch, sessionRewind, sessionSend, sessionSwitch, workbenchCopy, workbenchCopyConversation, workbenchError, workbenchFocusTerminal, workbenchOpenDiff, workbenchOpenFile, workbenchOpenLink, workbenchOpenMoveDiff, workbenchResumable, workbenchResume, workbenchStartAnother } from '../src/protocol/protocol.ts';
import { mainLane } from '../src/core/ids.ts';
import type { LaneId, RequestId, SeamId } from '../src/core/ids.ts';
import type { Shown } from '../src/core/shown.ts';
import { sentenceOf } from './actions.ts';
import type { SessionActions, Standing } from './actions.ts';
import type { Outbox, Outgoing } from './outbox.ts';
import { parseBlock, parseOutcome, parsePage, parsePreview, parseQueue, parseResumability, parseResumed, parseSwitchPreview, parseWon } from './model/inbound.ts';

/** What the actions need of the panel itself. */
export interface PanelSide {
  session: string;
  readonly outbox: Outbox;
  /** What is drawn. */
  shown(): Shown;
  /** An interrupt of that is on its way; null: it was refused. */
  interrupting(shown: Shown | null): void;
  showLane(lane: LaneId): void;
  /** A person answers it here. */
  answering(request: RequestId): void;
  announce(message: string): void;
  standing(): Standing | null;
  moved: SessionActions['moved'];
  lookAt(seams: readonly SeamId[], anew: boolean): Promise<void>;
  follow(changed: () => void): () => void;
}

/** The actions as requests over the connection. */
export function panelActions(connection: MessageConnection, side: PanelSide): SessionActions {
  const { session } = side;
  const fails = (error: unknown): void => side.announce(sentenceOf(error));
  return {
    send: (text) => side.outbox.add(text, side.shown().branch),
    sendAgain: (key) => side.outbox.again(key, side.shown().branch),
    takeRefused: (key) => side.outbox.take(key),
    changeQueue: async (change) => parseQueue(await connection.sendRequest(sessionChangeQueue, { session, change, from: 'panel' })),
    interrupt: async () => {
      const shown = side.shown();
      side.interrupting(shown);
      try {
        await connection.sendRequest(sessionInterrupt, { session, shown });
      } catch (error) {
        side.interrupting(null);
        fails(error);
      }
    },
    answer: async (request, option, message) => {
      side.answering(request);
      return parseWon(await connection.sendRequest(sessionAnswer, { session, request, option, ...(message !== '' && { message }), from: 'panel' }));
    },
    preview: async (seam, withFiles) => parsePreview(await connection.sendRequest(sessionPreview, { session, seam, ...without(withFiles) })),
    rewind: async (params) => parseOutcome(await connection.sendRequest(sessionRewind, { session, ...params })),
    previewSwitch: async (branch, withFiles) =>
      parseSwitchPreview(await connection.sendRequest(sessionPreviewSwitch, { session, branch, ...without(withFiles) })),
    switchTo: async (branch, params) => parseOutcome(await connection.sendRequest(sessionSwitch, { session, branch, ...params })),
    branchPage: async (branch, count) => parsePage(await connection.sendRequest(sessionPage, { session, lane: mainLane, branch, count })),
    wholeBlock: async (block) => parseBlock(await connection.sendRequest(sessionBlock, { session, block })),
    resumability: async () => parseResumability(await connection.sendRequest(workbenchResumable, {})),
    resume: async () => parseResumed(await connection.sendRequest(workbenchResume, {})),
    startAnother: async () => void (await connection.sendRequest(workbenchStartAnother, {})),
    copyConversation: async () => void (await connection.sendRequest(workbenchCopyConversation, {})),
    showLane: (lane) => side.showLane(lane),
    openLink: (href) => void connection.sendRequest(workbenchOpenLink, { href }).catch(fails),
    openDiff: (block, path) => void connection.sendRequest(workbenchOpenDiff, { block, path }).catch(fails),
    openMoveDiff: (diff) => void connection.sendRequest(workbenchOpenMoveDiff, diff).catch(fails),
    openFile: (path, { line, endLine } = {}) => void connection.sendRequest(workbenchOpenFile, { path, ...(line !== undefined && { line }), ...(endLine !== undefined && { endLine }) }).catch(fails),
    focusTerminal: () => void connection.sendRequest(workbenchFocusTerminal, {}).catch(fails),
    announce: (message) => side.announce(message),
    standing: () => side.standing(),
    moved: (how, branch, sentence) => side.moved(how, branch, sentence),
    lookAt: (seams, anew) => side.lookAt(seams, anew),
    follow: (changed) => side.follow(changed),
    copy: (text) => void connection.sendRequest(workbenchCopy, { text }).catch(fails),
  };
}

const without = (withFiles: boolean): { files?: false } => (withFiles ? {} : { files: false });

/** One prompt of the outbox, to the host. */
export const sendPrompt = async (connection: MessageConnection, session: string, { key, text, branch }: Outgoing): Promise<{ isQueued: boolean }> =>
  ({ isQueued: (await connection.sendRequest(sessionSend, { session, text, key, branch, from: 'panel' })).status === 'queued' });

/** Tells the extension of something that went wrong in the panel, for its log. */
export const reportError = (connection: MessageConnection, message: string): void => void connection.sendNotification(workbenchError, { message });
