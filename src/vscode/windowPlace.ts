import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { folderWord, type WindowPlace } from '../core/place.ts';
import { shownPath } from '../core/plainText.ts';

/** Where this window is, as of now. */
export const windowPlace = (): WindowPlace => ({
  folders: (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath),
  home: homedir(),
});

/** A session's folder in words; empty where it is this window's. */
export const folderOf = ({ cwd }: { cwd: string }): string => shownPath(folderWord(cwd, windowPlace()));
