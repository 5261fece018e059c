import type { MessageConnection } from 'vscode-jsonrpc/node';
import { dropsLine } from '../../core/describe.ts';
import { agentsList, agentsSkillFolders, sessionBranches, sessionClose, sessionList, sessionOpen, sessionQueue, sessionSeams } from '../../protocol/protocol.ts';
import { shellEnvironment, withHost } from '../connection.ts';
import { recipes, skills } from '../texts/all.ts';
import type { Candidate, Kind } from './candidates.ts';

/** Asks for all of a kind, as far as they are of a session: of this one. */
type Ask = (connection: MessageConnection, session: string, verb: string) => Promise<Candidate[]>;

const sessions: Ask = async (connection) => {
  const all = await connection.sendRequest(sessionList, { all: true });
  // The newest of a label is the one that the label means.
  return [...new Map(all.toReversed().map(({ id, title, state }) => [id, { word: id, about: `${state.is}${title === '' ? '' : `, ${title}`}` }])).values()].toReversed();
};

const seams: Ask = async (connection, session, verb) => {
  const all = await connection.sendRequest(sessionSeams, { session, words: true });
  const words = all.toReversed().map(({ seam, kind, drops, words: told }) => ({ word: seam, about: told ? `after ${told.after}` : `after a ${kind}, drops ${dropsLine(drops)}` }));
  return verb === 'fork' ? [{ word: 'tip', about: 'everything' }, ...words] : words;
};

const branches: Ask = async (connection, session, verb) => {
  const { current, branches: all } = await connection.sendRequest(sessionBranches, { session });
  return all.filter(({ branch }) => verb !== 'switch' || branch !== current).map(({ branch, own }) => ({ word: branch, about: dropsLine(own) }));
};

const requests: Ask = async (connection, session) => {
  const { requests: open } = await connection.sendRequest(sessionOpen, { session, blocks: 1 });
  await connection.sendRequest(sessionClose, { session });
  return open.map(({ request, title }) => ({ word: request, about: title }));
};

const sends: Ask = async (connection, session) =>
  (await connection.sendRequest(sessionQueue, { session })).sends.map(({ send, text }) => ({ word: send, about: text }));

const agents: Ask = async (connection, _session, verb) => (verb === 'skills'
  ? (await connection.sendRequest(agentsSkillFolders, {})).map(({ agent }) => ({ word: agent, about: '' }))
  : (await connection.sendRequest(agentsList, { env: shellEnvironment() })).map(({ agent, name, install }) => ({ word: agent, about: install.is === 'ready' ? name : install.problem })));

const asks: Record<Exclude<Kind, 'recipe' | 'skill'>, { ask: Ask; isOfSession: boolean }> = {
  session: { ask: sessions, isOfSession: false },
  seam: { ask: seams, isOfSession: true },
  branch: { ask: branches, isOfSession: true },
  request: { ask: requests, isOfSession: true },
  send: { ask: sends, isOfSession: true },
  agent: { ask: agents, isOfSession: false },
};

/** The things of a kind that there are, in the order in which they are wanted; none when the line does not say of which session. */
export const known = async (kind: Kind, verb: string, session: string | null): Promise<Candidate[]> => {
  if (kind === 'recipe') return Object.entries(recipes).map(([word, text]) => ({ word, about: /^# (.+)$/m.exec(text)?.[1] ?? '' }));
  if (kind === 'skill') return Object.keys(skills).map((word) => ({ word, about: '' }));
  const { ask, isOfSession } = asks[kind];
  return isOfSession && session === null ? [] : withHost((connection) => ask(connection, session ?? '', verb));
};
