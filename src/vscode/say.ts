import * as vscode from 'vscode';
import { asLine, asText } from './asText.ts';

/** The one door for notifications, questions and lists: what they say is shown as text, whoever wrote it. */
export const sayInformation = (sentence: string, ...buttons: string[]): Thenable<string | undefined> =>
  vscode.window.showInformationMessage(asText(sentence), ...buttons);

export const sayWarning = (sentence: string, ...buttons: string[]): Thenable<string | undefined> =>
  vscode.window.showWarningMessage(asText(sentence), ...buttons);

export const sayError = (sentence: string, ...buttons: string[]): Thenable<string | undefined> =>
  vscode.window.showErrorMessage(asText(sentence), ...buttons);

/** Asks in a dialog; undefined when it was given up. */
export const ask = (question: string, detail: string, ...buttons: string[]): Thenable<string | undefined> =>
  vscode.window.showWarningMessage(asText(question), { modal: true, detail: asText(detail) }, ...buttons);

/** A word in the status bar that goes by itself. */
export const sayBriefly = (sentence: string, ms: number): vscode.Disposable => vscode.window.setStatusBarMessage(asLine(sentence), ms);

/** Shows for as long as the work takes what is going on; `steps` tells how far it is, until what it answers with is disposed of. */
export const whileSaying = <T>(
  title: string, location: vscode.ProgressLocation, work: () => Thenable<T>, steps?: (tell: (words: string) => void) => vscode.Disposable,
): Thenable<T> =>
  vscode.window.withProgress({ location, title: asLine(title) }, async (progress) => {
    const following = steps?.((words) => progress.report({ message: asLine(words) }));
    try {
      return await work();
    } finally {
      following?.dispose();
    }
  });

/** An item of a list, with its words shown as text. */
export const asItem = <T extends vscode.QuickPickItem>(item: T): T => ({
  ...item, label: asLine(item.label),
  ...(item.description !== undefined && { description: asLine(item.description) }), ...(item.detail !== undefined && { detail: asLine(item.detail) }),
});

export const pick = <T extends vscode.QuickPickItem>(items: readonly T[], options: vscode.QuickPickOptions): Thenable<T | undefined> =>
  vscode.window.showQuickPick(items.map(asItem), options);

/** A row of a tree, with its words shown as text. */
export function treeItem(label: string, state: vscode.TreeItemCollapsibleState, parts: Omit<vscode.TreeItem, 'label' | 'tooltip' | 'description'> & { tooltip?: string; description?: string }): vscode.TreeItem {
  const words = { ...(parts.description !== undefined && { description: asLine(parts.description) }), ...(parts.tooltip !== undefined && { tooltip: asText(parts.tooltip) }) };
  return Object.assign(new vscode.TreeItem(asLine(label), state), parts, words);
}
