import { existsSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { hostStatus } from '../../protocol/protocol.ts';
import type { Parts } from '../parts.ts';
import { sayInformation } from '../say.ts';

/** Opens the session host's log; the extension's own is shown where the host has written none. */
export async function showHostLog(parts: Parts): Promise<void> {
  const { stateDirectory } = await parts.link.request(hostStatus, {});
  const file = path.join(stateDirectory, 'host.log');
  if (!existsSync(file)) return parts.log.show();
  await vscode.window.showTextDocument(vscode.Uri.file(file), { preview: true });
}

/** Versions and states for a bug report; no environment, no path of the user's, no content of a conversation. */
export async function copyDiagnostics(parts: Parts): Promise<void> {
  const host = await parts.link.request(hostStatus, {});
  const sessions = parts.sessions.all.map(({ agent, agentVersion, state, alive, blocks, branches, problem }) =>
    ({ agent, agentVersion, state: state.is, alive, blocks, branches, hasProblem: problem !== null }));
  const { version } = parts.context.extension.packageJSON as { version: string };
  const report = {
    backstitch: version,
    vscode: vscode.version,
    app: vscode.env.appHost,
    remote: vscode.env.remoteName ?? null,
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
    trusted: vscode.workspace.isTrusted,
    link: parts.link.state.is,
    host: { build: host.build, node: host.node, sessions: host.sessions, clients: host.clients, uptimeMs: host.uptimeMs },
    sessions,
  };
  await vscode.env.clipboard.writeText(JSON.stringify(report, null, 2));
  void sayInformation(vscode.l10n.t('The diagnostics have been copied to the clipboard.'));
}
