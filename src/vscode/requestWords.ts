import * as vscode from 'vscode';
import { mainLane } from '../core/ids.ts';
import { plainText } from '../core/plainText.ts';
import { matterOf } from '../core/requestMatter.ts';
import { titleOf } from '../core/sessionTitle.ts';
import type { PermissionRequest, SessionSummary } from '../core/view.ts';
import { folderOf } from './windowPlace.ts';

/** Who asks: the session, that it is a subagent if it is one, and the folder where that is not this window's. */
export function askerOf(session: SessionSummary, { lane }: PermissionRequest): string {
  const { t } = vscode.l10n;
  const folder = folderOf(session);
  const title = lane === mainLane ? titleOf(session) : t('{0} (a subagent)', titleOf(session));
  return folder === '' ? title : t('{0} in {1}', title, folder);
}

/** What is asked for in one line of at most so many characters; `isWhole`: all that decides stands in it. */
export function askedLine(request: PermissionRequest, longest: number): { words: string; isWhole: boolean } {
  const { command, path, title, edits, contents, others } = matterOf(request);
  const said =
    command === null
      ? [request.tool, path ?? '', title].filter((part) => part !== '').join(': ')
      : plainText(command).trim();
  const words = said.replace(/[\p{C}\s]+/gu, ' ');
  const isWhole =
    words.length <= longest &&
    edits.length === 0 &&
    contents === null &&
    (command !== null || others.length === 0) &&
    !/\n/.test(said);
  return { words: isWhole ? words : `${words.slice(0, longest)} …`, isWhole };
}
