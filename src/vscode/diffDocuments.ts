import * as vscode from 'vscode';
import type { BlockId, SessionUid } from '../core/ids.ts';
import { sessionFileAt } from '../protocol/protocol.ts';
import type { HostLink } from './hostLink.ts';

export const diffScheme = 'backstitch-file';

/** A file as it was before or after one block of a session. */
export interface DiffPlace {
  session: SessionUid;
  block: BlockId;
  path: string;
  side: 'before' | 'after';
}

/** The file's own path is the address's path, so that VS Code knows the language; the rest is the query. */
export const diffUri = ({ session, block, path, side }: DiffPlace): vscode.Uri =>
  vscode.Uri.from({ scheme: diffScheme, path: path.startsWith('/') ? path : `/${path.replaceAll('\\', '/')}`, query: JSON.stringify({ session, block, path, side }) });

/** Read-only documents for VS Code's diff editor. A side that did not exist, or is binary, is empty. */
export class DiffDocuments implements vscode.TextDocumentContentProvider {
  #link: HostLink;

  constructor(link: HostLink) {
    this.#link = link;
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const { session, block, path, side } = JSON.parse(uri.query) as DiffPlace;
    const file = await this.#link.request(sessionFileAt, { session, block, path });
    return file[side] ?? '';
  }
}
