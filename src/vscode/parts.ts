import type * as vscode from 'vscode';
import type { HostLink } from './hostLink.ts';
import type { LookedAt } from './lookedAt.ts';
import type { OpenRequests } from './openRequests.ts';
import type { Panels } from './panels.ts';
import type { SessionList } from './sessionList.ts';
import type { SessionTree } from './sessionTree.ts';
import type { Terminals } from './terminals.ts';
import type { TreeNode } from './treeRows.ts';

/** What commands work with; built once by extension.ts. */
export interface Parts {
  context: vscode.ExtensionContext;
  link: HostLink;
  sessions: SessionList;
  terminals: Terminals;
  panels: Panels;
  requests: OpenRequests;
  lookedAt: LookedAt;
  tree: SessionTree;
  view: vscode.TreeView<TreeNode>;
  log: vscode.LogOutputChannel;
}
