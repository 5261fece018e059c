import path from 'node:path';
import * as vscode from 'vscode';
import { agentsList, type AgentListing } from '../../protocol/protocol.ts';
import type { Parts } from '../parts.ts';
import { ask } from '../say.ts';
import { windowEnvironment } from '../windowEnvironment.ts';

type Unusable = Extract<AgentListing['install'], { is: 'unusable' }>;

/** Folders of a PATH that are named; the rest is counted. */
const mostFolders = 12;

/** A problem as a sentence of its own. */
export const sentence = (problem: string): string => problem.slice(0, 1).toUpperCase() + problem.slice(1);

/**
 * Says in a dialog why an agent cannot be started, where it was looked for, and with which command it is put right; it stays until the agent
 * is there or the dialog is left. @returns the agent once it can be started
 */
export async function missingAgent(parts: Parts, listing: AgentListing, folder: string): Promise<AgentListing | undefined> {
  const [copy, check, docs] = [vscode.l10n.t('Copy Command'), vscode.l10n.t('Check Again'), vscode.l10n.t('Open Documentation')];
  let now = listing;
  let news = '';
  for (;;) {
    const { install } = now;
    if (install.is === 'ready') return now;
    const env = windowEnvironment(parts.context, folder);
    const buttons = [...(install.command === undefined ? [] : [copy]), check, ...(install.docs === undefined ? [] : [docs])];
    const chosen = await ask(vscode.l10n.t('{0} cannot be started', now.name), detailOf(install, env, news), ...buttons);
    if (chosen === undefined) return undefined;
    if (chosen === docs) await vscode.env.openExternal(vscode.Uri.parse(install.docs ?? '', true));
    if (chosen === copy) {
      await vscode.env.clipboard.writeText(install.command ?? '');
      news = vscode.l10n.t('The command has been copied. Run it in a terminal, then check again.');
    }
    if (chosen === check) {
      const listings = await parts.link.request(agentsList, { env });
      now = listings.find(({ agent }) => agent === listing.agent) ?? now;
      news = vscode.l10n.t('Checked again just now.');
    }
  }
}

function detailOf(install: Unusable, env: Readonly<Record<string, string>>, news: string): string {
  const parts = [
    news, sentence(install.problem),
    install.command === undefined ? install.todo : vscode.l10n.t('Run this command in a terminal:\n{0}', install.command),
    install.program === undefined ? '' : lookedIn(env),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** Where a program was looked for: a new window may be needed for a PATH that has changed since. */
function lookedIn(env: Readonly<Record<string, string>>): string {
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  const named = folders.slice(0, mostFolders);
  const more = folders.length - named.length;
  const all = more > 0 ? [...named, vscode.l10n.t('… and {0} more', more)] : named;
  return vscode.l10n.t('Looked for in the folders of this window’s PATH, which a new window reads anew:\n{0}', all.join('\n'));
}
