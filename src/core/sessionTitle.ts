import { plainText } from './plainText.ts';
import type { SessionSummary } from './view.ts';

/** Characters of a title: more than a row, a tab or a notification shows, and little to send at each change. */
const longestTitle = 120;

/** What a title is made of. */
export type Titled = Pick<SessionSummary, 'id' | 'named' | 'title' | 'agentName'>;

/**
 * What a session is called wherever it is shown: the name that a person or a script gave it, else what it is for, else its agent. A label that
 * was made up tells a person nothing, and is named beside it only.
 */
export const titleOf = ({ id, named = true, title, agentName }: Titled): string =>
  (named ? firstLine(id) : title) || firstLine(agentName) || id;

/** The first line of a text that says something, without control characters and bounded; empty when there is none. */
export function firstLine(text: string): string {
  // Only the beginning is looked at: a prompt may be a megabyte.
  const line =
    plainText(text.slice(0, 20_000))
      .split(/[\n\u2028\u2029]/)
      .map((one) => one.replace(/\s+/g, ' ').trim())
      .find((one) => one !== '') ?? '';
  const signs = [...line];
  return signs.length <= longestTitle
    ? line
    : `${signs
        .slice(0, longestTitle - 1)
        .join('')
        .trimEnd()}…`;
}
