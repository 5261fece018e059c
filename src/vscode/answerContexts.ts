import * as vscode from 'vscode';
import { answerable, type Answer } from './commands/answer.ts';
import type { Parts } from './parts.ts';

const keys = {
  allow: 'backstitch.canAllow',
  allow_always: 'backstitch.canAllowAlways',
  deny: 'backstitch.canDeny',
} as const satisfies Partial<Record<Answer, string>>;

/** Tells VS Code which answers there is a request for, so that the palette offers no other. */
export class AnswerContexts implements vscode.Disposable {
  #parts: Parts;
  #told = new Map<string, boolean>();
  #subscriptions: vscode.Disposable[];

  constructor(parts: Parts) {
    this.#parts = parts;
    const update = () => this.#update();
    this.#subscriptions = [
      parts.requests.onDidChange(update),
      parts.panels.onDidShow(update),
      parts.panels.onDidHide(update),
      parts.tree.onDidChangeTreeData(update),
    ];
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #update(): void {
    for (const [answer, key] of Object.entries(keys)) {
      const can = answerable(this.#parts, answer as Answer).length > 0;
      if (this.#told.get(key) === can) continue;
      this.#told.set(key, can);
      void vscode.commands.executeCommand('setContext', key, can);
    }
  }
}
