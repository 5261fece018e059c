import * as vscode from 'vscode';
import { agentsList, type AgentListing } from '../../protocol/protocol.ts';
import type { Parts } from '../parts.ts';
import { asItem } from '../say.ts';
import { settingOf } from '../settings.ts';
import { windowEnvironment } from '../windowEnvironment.ts';
import { missingAgent, sentence } from './missingAgent.ts';

type AgentItem = vscode.QuickPickItem & { listing?: AgentListing };

/** The picker is there at once and fills when the agents have been looked for; one that cannot be used says why and what to do. */
export async function chooseAgent(parts: Parts, folder: string): Promise<AgentListing | 'another' | undefined> {
  const picker = vscode.window.createQuickPick<AgentItem>();
  picker.placeholder = vscode.l10n.t('Which agent?');
  picker.title = vscode.l10n.t('New Session');
  picker.matchOnDescription = true;
  picker.busy = true;
  picker.show();
  try {
    const chosen = new Promise<AgentListing | 'another' | undefined>((resolve) => {
      picker.onDidAccept(() => {
        const [item] = picker.selectedItems;
        if (item) resolve(item.listing ?? 'another'); // Enter before the list is there chooses nothing
      });
      picker.onDidHide(() => resolve(undefined));
    });
    const listings = await parts.link.request(agentsList, { env: windowEnvironment(parts.context, folder) });
    const isReady = ({ install }: AgentListing): boolean => install.is === 'ready';
    const another: AgentItem = { label: vscode.l10n.t('Another program…'), detail: vscode.l10n.t('Followed by its screen; cannot be rewound'), iconPath: new vscode.ThemeIcon('terminal-bash') };
    picker.items = [...[...listings.filter(isReady), ...listings.filter((listing) => !isReady(listing))].map((listing) => asItem(itemOf(listing))), another];
    const preferred = picker.items.find(({ listing }) => listing?.agent === settingOf('agent')) ?? picker.items[0];
    if (preferred) picker.activeItems = [preferred];
    picker.busy = false;
    const listing = await chosen;
    if (!listing || listing === 'another' || listing.install.is === 'ready') return listing;
    picker.hide();
    return await missingAgent(parts, listing, folder);
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
    description: install.program === undefined ? vscode.l10n.t('cannot be used yet') : vscode.l10n.t('not installed'),
    detail: vscode.l10n.t('{0} Choose it to see what to do.', sentence(install.problem)),
    iconPath: new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground')),
  };
}
