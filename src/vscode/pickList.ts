import * as vscode from 'vscode';
import { asLine } from './asText.ts';
import { asItem, sayInformation } from './say.ts';

export interface ListOptions {
  title?: string;
  placeHolder: string;
  /** Said when there is nothing to choose from. */
  none: string;
}

/**
 * A list that is there at once, so that keys wait in it: it fills when its items are known, and stays, taking no keys, until `then` has got
 * what comes after the choice. Undefined when it was given up, or there was nothing to choose from.
 */
export async function chooseFrom<T extends vscode.QuickPickItem, R>(
  items: PromiseLike<readonly T[]>, { title = '', placeHolder, none }: ListOptions, then: (item: T) => Promise<R>,
): Promise<R | undefined> {
  const picker = vscode.window.createQuickPick<T>();
  Object.assign(picker, { title: asLine(title), placeholder: asLine(placeHolder), matchOnDescription: true, matchOnDetail: true, busy: true });
  const chosen = choiceIn(picker);
  picker.show();
  try {
    const found = await items;
    if (found.length === 0) return void sayInformation(none);
    picker.items = found.map(asItem);
    picker.busy = false;
    const item = await chosen;
    if (!item) return undefined;
    Object.assign(picker, { busy: true, enabled: false });
    return await then(item);
  } finally {
    picker.dispose();
  }
}

const choiceIn = <T extends vscode.QuickPickItem>(picker: vscode.QuickPick<T>): Promise<T | undefined> => new Promise((resolve) => {
  picker.onDidAccept(() => {
    const [item] = picker.selectedItems;
    if (item) resolve(item); // Enter before the items are there chooses nothing
  });
  picker.onDidHide(() => resolve(undefined));
});
