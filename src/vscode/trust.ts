import * as vscode from 'vscode';
import { HumanError } from '../core/errors.ts';
import { sessionFork, sessionResume, sessionRewind, sessionStart, sessionSwitch } from '../protocol/protocol.ts';
import { sayWarning } from './say.ts';

/** Each of them starts an agent: a rewind or switch does so on another history. */
const starting: ReadonlySet<string> = new Set([sessionStart, sessionResume, sessionFork, sessionRewind, sessionSwitch].map(({ method }) => method));

const sentence = (): string => vscode.l10n.t('No agent is started in a workspace that is not trusted: an agent runs commands and reads settings of the folder it works in.');

/** Says that no agent is started here, with the way to change that. */
export async function offerTrust(): Promise<void> {
  const manage = vscode.l10n.t('Manage Workspace Trust');
  if (await sayWarning(sentence(), manage) === manage) await vscode.commands.executeCommand('workbench.trust.manage');
}

/** @throws HumanError where no agent is started; the user is told, with the way to change that */
export function mustBeTrusted(): void {
  if (vscode.workspace.isTrusted) return;
  void offerTrust();
  throw new HumanError('not-trusted', sentence());
}

/** Why a panel's request is not passed on to the host; null when it is. The user is told, with the way to change that. */
export function refusalOf(method: string): HumanError | null {
  if (vscode.workspace.isTrusted || !starting.has(method)) return null;
  void offerTrust();
  return new HumanError('not-trusted', sentence());
}
