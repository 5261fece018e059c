import { homedir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { settingOf } from './settings.ts';
import { terminalEnvironmentOf, type EnvironmentChange } from './terminalEnvironment.ts';

const settingName = { win32: 'windows', darwin: 'osx' } as Record<string, string>;
const hows = {
  [vscode.EnvironmentVariableMutatorType.Replace]: 'replace',
  [vscode.EnvironmentVariableMutatorType.Append]: 'append',
  [vscode.EnvironmentVariableMutatorType.Prepend]: 'prepend',
} as const;

/** The environment that an agent started from this window gets: see terminalEnvironmentOf. */
export function windowEnvironment(context: vscode.ExtensionContext, folder: string): Record<string, string> {
  const configuration = vscode.workspace.getConfiguration('terminal.integrated.env', vscode.Uri.file(folder));
  const changes: EnvironmentChange[] = [];
  context.environmentVariableCollection.forEach((variable, { type, value }) => {
    changes.push({ variable, how: hows[type], value });
  });
  return terminalEnvironmentOf({
    base: process.env,
    configured: configuration.get<Record<string, string | null>>(settingName[process.platform] ?? 'linux', {}),
    own: settingOf('agentEnvironment'),
    changes,
    places: { workspaceFolder: folder, userHome: homedir(), pathSeparator: path.sep },
    platform: process.platform,
  });
}
