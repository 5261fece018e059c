import * as vscode from 'vscode';
import { settingDefaults, type Setting } from './settingTable.ts';

/** A setting as it stands now; a value of the wrong kind counts as not set. */
export function settingOf<K extends Setting>(name: K): (typeof settingDefaults)[K] {
  const fallback = settingDefaults[name];
  const value = vscode.workspace.getConfiguration('backstitch').get(name, fallback);
  return typeof value === typeof fallback && value !== null ? value : fallback;
}
