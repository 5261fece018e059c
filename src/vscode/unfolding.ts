import * as vscode from 'vscode';
import type { SessionTree } from './sessionTree.ts';
import type { TreeNode } from './treeRows.ts';

const tries = 5;
const againMs = 400;

/**
 * Opens the row of a session that gets its first branch or subagent: VS Code leaves a row that had nothing below it closed, and passes
 * over a wish to open it that meets a redrawing of the view. So it is wished again until the row is open, or a person closed it.
 */
export class Unfolding implements vscode.Disposable {
  #view: vscode.TreeView<TreeNode>;
  #tree: SessionTree;
  #wished = new Map<string, number>();
  #subscriptions: vscode.Disposable[];

  constructor(view: vscode.TreeView<TreeNode>, tree: SessionTree) {
    this.#view = view;
    this.#tree = tree;
    const settled = ({ element }: vscode.TreeViewExpansionEvent<TreeNode>) => {
      if (element.is === 'session') this.#wished.delete(element.uid);
    };
    this.#subscriptions = [
      view.onDidExpandElement(settled),
      view.onDidCollapseElement(settled),
      tree.onDidGrow((uid) => {
        this.#wished.set(uid, tries);
        this.#try(uid);
      }),
    ];
  }

  dispose(): void {
    this.#wished.clear();
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #try(uid: string): void {
    const left = this.#wished.get(uid) ?? 0;
    this.#wished.delete(uid);
    if (left === 0 || !this.#view.visible || !this.#tree.inScope.some((session) => session.uid === uid)) return;
    this.#wished.set(uid, left - 1);
    // A row that has gone meanwhile cannot be revealed, and need not be.
    this.#view.reveal({ is: 'session', uid }, { expand: true, select: false, focus: false }).then(undefined, () => undefined);
    setTimeout(() => this.#try(uid), againMs);
  }
}
