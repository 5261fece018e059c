import * as vscode from 'vscode';
import type { SessionSettings } from '../../core/events.ts';
import type { SessionSummary } from '../../core/view.ts';
import { sessionStart } from '../../protocol/protocol.ts';
import type { Parts } from '../parts.ts';
import { settingOf } from '../settings.ts';
import { offerTrust } from '../trust.ts';
import { windowEnvironment } from '../windowEnvironment.ts';
import { sayInformation, whileSaying } from '../say.ts';
import { chooseAgent } from './agentPicker.ts';

/** Size until the terminal that shows it says its own. */
const firstSize = { cols: 120, rows: 30 };

/** Asks for an agent (and for a folder where there are several), starts it, and shows terminal and conversation. */
export async function newSession(parts: Parts): Promise<void> {
  if (!vscode.workspace.isTrusted) return offerTrust();
  const folders = vscode.workspace.workspaceFolders ?? [];
  const [first] = folders;
  if (!first) return offerFolder();
  const chosen = await chooseAgent(parts, first.uri.fsPath);
  const agent = chosen === 'another' ? await askProgram() : chosen && { id: chosen.agent, name: chosen.name, args: argumentsOf(chosen.agent) };
  if (!agent) return;
  const folder = folders.length === 1 ? first : await vscode.window.showWorkspaceFolderPick({ placeHolder: vscode.l10n.t('Which folder shall {0} work in?', agent.name) });
  if (!folder) return;
  await begin(parts, agent, folder.uri.fsPath);
}

/** Another session of an agent, in a folder that need not be this window's. @throws HumanError */
export function startAnother(parts: Parts, { agent: id, agentName: name, cwd }: SessionSummary): Promise<void> {
  return begin(parts, { id, name, args: argumentsOf(id) }, cwd);
}

async function begin(parts: Parts, agent: Program, folder: string): Promise<void> {
  const session = await whileSaying(
    vscode.l10n.t('Starting {0} …', agent.name), vscode.ProgressLocation.Window,
    () => start(parts, agent, folder),
  );
  parts.sessions.take(session);
  parts.terminals.show(session, { preserveFocus: true });
  parts.panels.show(session, { preserveFocus: false }).do({ what: 'focusComposer' });
}

async function offerFolder(): Promise<void> {
  const open = vscode.l10n.t('Open Folder…');
  const sentence = vscode.l10n.t('An agent works in a folder. Open one first.');
  if (await sayInformation(sentence, open) === open) await vscode.commands.executeCommand('vscode.openFolder');
}

/** What is to be started: an agent by its id, or any program. */
interface Program {
  id: string;
  name: string;
  args: string[];
}

function argumentsOf(agent: string): string[] {
  const given = settingOf('agentArguments')[agent];
  return Array.isArray(given) ? given.map(String) : [];
}

/** Any program at all, with its arguments. */
async function askProgram(): Promise<Program | undefined> {
  const line = await vscode.window.showInputBox({
    title: vscode.l10n.t('New Session'), prompt: vscode.l10n.t('A program and its arguments, for example {0}', 'python3 -i'),
    validateInput: (text) => (wordsOf(text).length > 0 ? undefined : vscode.l10n.t('Name a program.')),
  });
  const [id, ...args] = wordsOf(line ?? '');
  return id === undefined ? undefined : { id, name: id, args: [...argumentsOf(id), ...args] };
}

/** Words as a shell takes them apart by blanks and quotes; nothing in them is expanded. */
const wordsOf = (line: string): string[] => [...line.matchAll(/"([^"]*)"|'([^']*)'|([^\s"']+)/g)].map(([, double, single, bare]) => double ?? single ?? bare ?? '');

function start(parts: Parts, { id: agent, args }: Program, cwd: string): Promise<SessionSummary> {
  return parts.link.request(sessionStart, { agent, cwd, args, env: windowEnvironment(parts.context, cwd), ...firstSize, settings: watchSettings(), from: 'panel' });
}

/** What the user's settings say of silence; `0` minutes: sessions are not watched. */
function watchSettings(): Partial<SessionSettings> {
  const minutes = settingOf('stallAfterMinutes');
  return { stall_after_s: minutes > 0 ? minutes * 60 : null, max_resumes: Math.max(0, Math.floor(settingOf('nudges'))) };
}
