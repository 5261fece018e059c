import * as vscode from 'vscode';
import type { SessionSettings } from '../../core/events.ts';
import type { SessionSummary } from '../../core/view.ts';
import { agentsList, sessionStart, type AgentListing } from '../../protocol/protocol.ts';
import type { Parts } from '../parts.ts';
import { settingOf } from '../settings.ts';
import { windowEnvironment } from '../windowEnvironment.ts';

/** Size until the terminal that shows it says its own. */
const firstSize = { cols: 120, rows: 30 };

/** Asks for an agent (and for a folder where there are several), starts it, and shows terminal and conversation. */
export async function newSession(parts: Parts): Promise<void> {
  if (!vscode.workspace.isTrusted) return offerTrust();
  const folders = vscode.workspace.workspaceFolders ?? [];
  const [first] = folders;
  if (!first) return offerFolder();
  const agent = await chooseAgent(parts, first.uri.fsPath);
  if (!agent) return;
  const folder = folders.length === 1 ? first : await vscode.window.showWorkspaceFolderPick({ placeHolder: vscode.l10n.t('Which folder shall {0} work in?', agent.name) });
  if (!folder) return;
  const session = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Starting {0} …', agent.name) },
    () => start(parts, agent, folder.uri.fsPath),
  );
  parts.sessions.take(session);
  parts.terminals.show(session, { preserveFocus: true });
  parts.panels.show(session, { preserveFocus: false }).do({ what: 'focusComposer' });
}

export async function offerTrust(): Promise<void> {
  const manage = vscode.l10n.t('Manage Workspace Trust');
  const sentence = vscode.l10n.t('No agent is started in a workspace that is not trusted: an agent runs commands and reads settings of the folder it works in.');
  if (await vscode.window.showWarningMessage(sentence, manage) === manage) await vscode.commands.executeCommand('workbench.trust.manage');
}

async function offerFolder(): Promise<void> {
  const open = vscode.l10n.t('Open Folder…');
  const sentence = vscode.l10n.t('An agent works in a folder. Open one first.');
  if (await vscode.window.showInformationMessage(sentence, open) === open) await vscode.commands.executeCommand('vscode.openFolder');
}

function start(parts: Parts, { agent }: AgentListing, cwd: string): Promise<SessionSummary> {
  const given = settingOf('agentArguments')[agent];
  const args = Array.isArray(given) ? given.map(String) : [];
  return parts.link.request(sessionStart, { agent, cwd, args, env: windowEnvironment(parts.context, cwd), ...firstSize, settings: watchSettings() });
}

/** What the user's settings say of silence; `0` minutes: sessions are not watched. */
function watchSettings(): Partial<SessionSettings> {
  const minutes = settingOf('stallAfterMinutes');
  return { stall_after_s: minutes > 0 ? minutes * 60 : null, max_resumes: Math.max(0, Math.floor(settingOf('nudges'))) };
}

type AgentItem = vscode.QuickPickItem & { listing: AgentListing };

/** The picker is there at once and fills when the agents have been looked for; one that cannot be used says why and what to do. */
async function chooseAgent(parts: Parts, folder: string): Promise<AgentListing | undefined> {
  const picker = vscode.window.createQuickPick<AgentItem>();
  picker.placeholder = vscode.l10n.t('Which agent?');
  picker.title = vscode.l10n.t('New Session');
  picker.matchOnDescription = true;
  picker.busy = true;
  picker.show();
  try {
    const chosen = new Promise<AgentListing | undefined>((resolve) => {
      picker.onDidAccept(() => {
        const [item] = picker.selectedItems;
        if (item) resolve(item.listing); // Enter before the list is there chooses nothing
      });
      picker.onDidHide(() => resolve(undefined));
    });
    const listings = await parts.link.request(agentsList, { env: windowEnvironment(parts.context, folder) });
    const isReady = ({ install }: AgentListing): boolean => install.is === 'ready';
    picker.items = [...listings.filter(isReady), ...listings.filter((listing) => !isReady(listing))].map(itemOf);
    const preferred = picker.items.find(({ listing }) => listing.agent === settingOf('agent')) ?? picker.items[0];
    if (preferred) picker.activeItems = [preferred];
    picker.busy = false;
    const listing = await chosen;
    if (!listing || listing.install.is === 'ready') return listing;
    picker.hide();
    await vscode.window.showWarningMessage(vscode.l10n.t('{0} cannot be used yet: {1} {2}', listing.name, listing.install.problem, listing.install.todo));
    return undefined;
  } finally {
    picker.dispose();
  }
}

function itemOf(listing: AgentListing): AgentItem {
  const { install } = listing;
  if (install.is === 'ready') {
    return { listing, label: listing.name, description: install.version, detail: install.note ?? listing.about, iconPath: new vscode.ThemeIcon('terminal') };
  }
  return {
    listing,
    label: listing.name,
    description: install.problem,
    detail: install.todo,
    iconPath: new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground')),
  };
}
