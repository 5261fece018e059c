/** What a link in an agent's text leads to; there are no others. */
export type Link =
  | { is: 'web' | 'loopback'; href: string }
  | ({ is: 'file' } & FilePlace);

/**
 * A file by its path as it was written, and the lines in it that are meant. Relative paths are those of the session's
 * folder.
 */
export interface FilePlace {
  path: string;
  line?: number;
  endLine?: number;
}

const longest = 4_096;
const controls = /[\p{Cc}\u2028\u2029]/u;
const scheme = /^[a-z][a-z0-9+.-]+:/i;
const drive = /^[a-z]:[\\/]/i;
/** A path of another machine: opening it would ask that machine. */
const elsewhere = /^[\\/]{2}/;

/**
 * What a link's address leads to; null: it is none that is followed (a command, a script, another scheme). Asks nothing
 * of the disk.
 */
export const linkOf = (href: string): Link | null => {
  const text = href.trim();
  if (text === '' || text.length > longest || controls.test(text)) return null;
  if (/^https?:/i.test(text)) return webLink(text);
  return /^file:/i.test(text) ? fileUrl(text) : fileLink(text);
};

/** A file and a line as agents write them in a text, as `src/a.ts:12`; null: the text is something else. */
export const placeInText = (text: string): FilePlace | null => {
  if (!/^[^\s:*?"<>|`]*[\w\])]\.\w+:\d+(?:[:-]\d+)*$/.test(text.replace(drive, ''))) return null;
  const link = fileLink(text.replaceAll('%', '%25').replaceAll('#', '%23'));
  return link?.is === 'file' ? link : null;
};

const webLink = (text: string): Link | null => {
  if (!/^https?:\/\/[^\s/]/i.test(text) || !URL.canParse(text)) return null;
  const { href, hostname, protocol } = new URL(text);
  if (isLoopback(hostname)) return { is: 'loopback', href };
  return protocol === 'https:' ? { is: 'web', href } : null;
};

/** Whether a host of a URL is this machine: all ways to write it come here as the URL parser spells them. */
const isLoopback = (hostname: string): boolean => {
  const name = hostname.replace(/\.$/, '');
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  const ownSix = /^\[(?:::1?|::ffff:(?:7f[0-9a-f]{2}:[0-9a-f]+|0:0))\]$/;
  return /^127(?:\.\d+){3}$/.test(name) || name === '0.0.0.0' || ownSix.test(name);
};

const fileUrl = (text: string): Link | null => {
  if (!URL.canParse(text)) return null;
  const { hostname, pathname, hash } = new URL(text);
  const path = decoded(pathname);
  if (hostname !== '' || path === '/' || controls.test(path) || elsewhere.test(path)) return null;
  return placed(drive.test(path.slice(1)) ? path.slice(1) : path, hash.slice(1));
};

const fileLink = (text: string): Link | null => {
  const at = text.indexOf('#');
  const path = decoded(at < 0 ? text : text.slice(0, at));
  if (path === '' || controls.test(path) || elsewhere.test(path)) return null;
  const link = placed(path, at < 0 ? '' : text.slice(at + 1));
  return scheme.test(link.path) ? null : link;
};

const placed = (path: string, fragment: string): { is: 'file' } & FilePlace => {
  const [, first, last] = /^L?(\d+)(?:[C,:]\d+)?(?:-L?(\d+)(?:C\d+)?)?$/i.exec(fragment) ?? [];
  if (first !== undefined) return { is: 'file', path, ...linesOf(first, last) };
  const [, name = path, line, endLine] = /^(.*[^:\d].*?):(\d+)(?::\d+)?(?:-(\d+)(?::\d+)?)?$/.exec(path) ?? [];
  const isNamed = line !== undefined && /[./\\]/.test(name);
  return isNamed ? { is: 'file', path: name, ...linesOf(line, endLine) } : { is: 'file', path };
};

const most = 10_000_000;
const linesOf = (first: string, last: string | undefined): { line?: number; endLine?: number } => {
  const [line, endLine] = [Number(first), Number(last ?? first)];
  if (line < 1 || line > most) return {};
  return endLine > line && endLine <= most ? { line, endLine } : { line };
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
