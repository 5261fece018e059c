import path from 'node:path';
import * as vscode from 'vscode';
import type { BlockId, SessionUid } from '../core/ids.ts';
import type { FileSide } from '../core/ports.ts';
import { sessionCompareFile, sessionFileAt } from '../protocol/protocol.ts';
import type { HostLink } from './hostLink.ts';

export const diffScheme = 'backstitch-file';

/** A file as it was around one block of a session; or as it is now, and will be once the session's files go to a checkpoint. */
export type DiffPlace = { session: SessionUid; path: string } & (
  { block: BlockId; side: 'before' | 'after' } | { checkpoint: string; side: 'now' | 'will'; folder: string });

/** The file's own path is the address's path, so that VS Code knows the language; the rest is the query. */
export const diffUri = (place: DiffPlace): vscode.Uri => vscode.Uri.from({
  scheme: diffScheme, path: place.path.startsWith('/') ? place.path : `/${place.path.replaceAll('\\', '/')}`, query: JSON.stringify(place),
});

/**
 * Read-only documents for VS Code's diff editor. A side that did not exist is empty; of what is no text a sentence says what it is. A file
 * as it is now is read again whenever it changes, as long as its document is open.
 */
export class DiffDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #link: HostLink;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #watchers = new Map<string, vscode.Disposable>();
  readonly #closing: vscode.Disposable;
  readonly onDidChange = this.#changed.event;

  constructor(link: HostLink) {
    this.#link = link;
    this.#closing = vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#unwatch(uri));
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const place = JSON.parse(uri.query) as DiffPlace;
    const { session } = place;
    if ('block' in place) return (await this.#link.request(sessionFileAt, { session, block: place.block, path: place.path }))[place.side] ?? '';
    if (place.side === 'now') this.#watch(uri, place.folder, place.path);
    return textOfSide((await this.#link.request(sessionCompareFile, { session, checkpoint: place.checkpoint, path: place.path }))[place.side]);
  }

  dispose(): void {
    this.#closing.dispose();
    this.#changed.dispose();
    for (const watcher of this.#watchers.values()) watcher.dispose();
  }

  #watch(uri: vscode.Uri, folder: string, file: string): void {
    const key = uri.toString();
    if (this.#watchers.has(key)) return;
    // A name is no pattern: the directory is watched, and what happens to others in it is left out.
    const own = path.join(folder, file);
    const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(vscode.Uri.file(path.dirname(own)), '*'));
    const look = ({ fsPath }: vscode.Uri): void => { if (fsPath === own) this.#changed.fire(uri); };
    watcher.onDidChange(look);
    watcher.onDidCreate(look);
    watcher.onDidDelete(look);
    this.#watchers.set(key, watcher);
  }

  #unwatch(uri: vscode.Uri): void {
    this.#watchers.get(uri.toString())?.dispose();
    this.#watchers.delete(uri.toString());
  }
}

function textOfSide(side: FileSide): string {
  const { t } = vscode.l10n;
  switch (side.is) {
    case 'absent': return '';
    case 'text': return side.text;
    case 'link': return t('A symbolic link to {0}', side.target);
    case 'binary': return t('A file that is not shown because it is not text: {0} bytes.', side.bytes.toLocaleString('en'));
    case 'large': return t('A file that is not shown because it is too large: {0} bytes.', side.bytes.toLocaleString('en'));
    case 'directory': return t('A directory.');
    case 'unreadable': return t('It cannot be shown: {0}', side.why);
  }
}
