import { realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { HumanError } from '../core/errors.ts';
import { linkOf, type FilePlace } from '../core/links.ts';
import { plainText } from '../core/plainText.ts';
import { ask } from './say.ts';
import { isWithin } from './scope.ts';

/**
 * Opens what an agent's text names: the file at its lines in an editor, a folder in the Explorer. Asks first where
 * the file lies neither in the session's folder nor in one of this window's. @throws HumanError that says why nothing
 * was opened
 */
export async function openFile(cwd: string, place: FilePlace): Promise<void> {
  const target = await targetOf(cwd, place.path);
  if (target === null) return;
  const uri = vscode.Uri.file(target.path);
  if (target.isFolder) return openFolder(uri);
  const how: vscode.TextDocumentShowOptions = { preview: true, ...selected(place) };
  await vscode.commands.executeCommand('vscode.open', uri, how);
}

/** Whole lines where several are meant, else the beginning of the one. */
const selected = ({ line, endLine }: FilePlace): { selection?: vscode.Range } => {
  if (line === undefined) return {};
  const isRange = endLine !== undefined && endLine > line;
  return { selection: new vscode.Range(line - 1, 0, (isRange ? endLine : line) - 1, isRange ? 10_000 : 0) };
};

async function openFolder(uri: vscode.Uri): Promise<void> {
  if (vscode.workspace.getWorkspaceFolder(uri) === undefined) {
    throw new HumanError('is-folder', vscode.l10n.t('{0} is a folder, and none of this window’s.', uri.fsPath));
  }
  await vscode.commands.executeCommand('revealInExplorer', uri);
}

/** Where the path leads with all links followed; null: the user does not want to go there. */
async function targetOf(cwd: string, asked: string): Promise<{ path: string; isFolder: boolean } | null> {
  const named = path.resolve(cwd, asked.replace(/^~(?=[\\/])/, homedir()));
  const [folder, target] = await Promise.all([realpath(cwd).catch(() => cwd), realpath(named)]).catch(() => {
    throw new HumanError('no-such-file', vscode.l10n.t('There is no file {0} (any more).', plainText(named)));
  });
  const about = await stat(target);
  if (!about.isFile() && !about.isDirectory()) {
    throw new HumanError('no-file', vscode.l10n.t('{0} is no file that an editor can show.', plainText(target)));
  }
  const folders = vscode.workspace.workspaceFolders ?? [];
  const own = await Promise.all(folders.map(({ uri }) => realpath(uri.fsPath).catch(() => uri.fsPath)));
  const isOwn = [folder, ...own].some((one) => isWithin(target, one));
  return isOwn || await isWanted(target, folder) ? { path: target, isFolder: about.isDirectory() } : null;
}

async function isWanted(target: string, folder: string): Promise<boolean> {
  const open = vscode.l10n.t('Open');
  const detail = vscode.l10n.t('It is outside the session’s folder {0}.', plainText(folder));
  return await ask(vscode.l10n.t('Open the file {0}?', plainText(target)), detail, open) === open;
}

/**
 * Opens an address of an agent's text outside of VS Code. VS Code asks before it opens a domain that is not trusted
 * yet; it trusts this machine always, so that is asked here. @throws HumanError for an address that is not opened
 */
export async function openLink(href: string): Promise<void> {
  const link = linkOf(href);
  if (link === null || link.is === 'file') {
    throw new HumanError('bad-link', vscode.l10n.t('Only links to https addresses are opened; this one was not: {0}', href));
  }
  if (link.is === 'loopback' && !await isLoopbackWanted(link.href)) return;
  await vscode.env.openExternal(vscode.Uri.parse(link.href, true));
}

async function isLoopbackWanted(href: string): Promise<boolean> {
  const open = vscode.l10n.t('Open');
  const detail = vscode.l10n.t('The address is one of this machine. What answers there may be anything that runs on it.');
  return await ask(vscode.l10n.t('Open {0} in your browser?', plainText(href)), detail, open) === open;
}
