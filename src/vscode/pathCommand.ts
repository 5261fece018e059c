import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { commandFileOf, type CommandFile } from './commandFile.ts';
import { sayInformation } from './say.ts';

const directoryOf = (context: vscode.ExtensionContext): string => path.join(context.globalStorageUri.fsPath, 'bin');
const ownFile = (context: vscode.ExtensionContext): CommandFile =>
  commandFileOf(process.platform, process.execPath, path.join(context.extensionPath, 'dist', 'cli.mjs'));

/** Puts `backstitch` on the PATH of VS Code's terminals (and so of the agents that are started from here). */
export async function offerInTerminals(context: vscode.ExtensionContext): Promise<void> {
  const directory = directoryOf(context);
  const { name, content } = ownFile(context);
  const file = path.join(directory, name);
  if (await readFile(file, 'utf8').catch(() => null) !== content) {
    await mkdir(directory, { recursive: true });
    await writeFile(file, content);
    await chmod(file, 0o755);
  }
  const collection = context.environmentVariableCollection;
  collection.description = vscode.l10n.t('Puts the `backstitch` command on the PATH.');
  const value = directory + path.delimiter;
  if (collection.get('PATH')?.value !== value) collection.prepend('PATH', value);
}

/** On request: `backstitch` in a directory of the user's own PATH. */
export async function installInPath(context: vscode.ExtensionContext): Promise<void> {
  await offerInTerminals(context);
  const own = path.join(directoryOf(context), ownFile(context).name);
  if (process.platform === 'win32') {
    await vscode.env.clipboard.writeText(directoryOf(context));
    void sayInformation(vscode.l10n.t('Add this folder to your PATH; it has been copied to the clipboard: {0}', directoryOf(context)));
    return;
  }
  const directory = path.join(homedir(), '.local', 'bin');
  const link = path.join(directory, 'backstitch');
  await mkdir(directory, { recursive: true });
  await rm(link, { force: true });
  await symlink(own, link);
  const isOnPath = (process.env['PATH'] ?? '').split(path.delimiter).includes(directory);
  void sayInformation(isOnPath
    ? vscode.l10n.t('`backstitch` is now in {0}.', directory)
    : vscode.l10n.t('`backstitch` is now in {0}. That folder is not on your PATH: add it in your shell’s start-up file.', directory));
}
