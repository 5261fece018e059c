import { plainText } from '../core/plainText.ts';

/** VS Code reads `$(name)` as an icon in labels, and `[words](address)` as a link in notifications, which may run a command. */
const meaning = /\$(?=\()|\](?=\()/g;
const nothingWide = '\u200b';

/**
 * A text as it may stand in a label, a title or a notification: VS Code shows it as it is and finds nothing to do in it. What agents,
 * repositories and users write goes through here.
 */
export const asText = (text: string): string => plainText(text).replace(meaning, (sign) => sign + nothingWide);

/** As `asText`, on one line. */
export const asLine = (text: string): string => asText(text).replace(/\s+/g, ' ').trim();
