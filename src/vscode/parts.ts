import type * as vscode from 'vscode';
import type { HostLink } from './hostLink.ts';
import type { Panels } from './panels.ts';
import type { SessionList } from './sessionList.ts';
import type { SessionTree, TreeNode } from './sessionTree.ts';
import type { Terminals } from './terminals.ts';

/** What commands work with; built once by extension.ts. */
export interface Parts {
  context: vscode.ExtensionContext;
  link: HostLink;
  sessions: SessionList;
  terminals: Terminals;
  panels: Panels;
  tree: SessionTree;
  view: vscode.TreeView<TreeNode>;
  log: vscode.LogOutputChannel;
}
