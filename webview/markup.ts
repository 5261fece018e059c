import MarkdownIt from 'markdown-it';
import { linkOf, placeInText } from '../src/core/links.ts';
import { inReadersWay } from './reading.ts';
import { say } from './strings.ts';

/**
 * Agents' Markdown to HTML. No HTML of theirs passes, links are those that `linkOf` knows, and an image is a link to
 * it, never fetched. An address in the text is a link where its scheme says so; so is code that is nothing but an
 * address or a line of a file.
 */
const markdown = new MarkdownIt({ html: false, linkify: true, breaks: false });
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
for (const schema of ['ftp:', 'mailto:', '//']) markdown.linkify.add(schema, null as never);
markdown.validateLink = (href) => linkOf(href) !== null;
markdown.core.ruler.push('in_readers_way', ({ tokens }) => inReadersWay(tokens));
const escaped = (text: string): string => markdown.utils.escapeHtml(text);
const linked = (href: string, label: string): string => `<a href="${escaped(href)}">${label}</a>`;

markdown.renderer.rules['image'] = (tokens, index) => {
  const token = tokens[index];
  const source = String(token?.attrGet('src') ?? '');
  const label = escaped(say('block.image', token?.content || source));
  return linkOf(source) === null ? label : linked(source, label);
};

/** Where code that is nothing but an address, or a line of a file, leads to. */
const addressOf = (code: string): string | null => {
  if (/^https?:\/\/\S+$/i.test(code)) return linkOf(code) === null ? null : code;
  const place = placeInText(code);
  if (place === null) return null;
  const last = place.endLine === undefined ? '' : `-L${place.endLine}`;
  return `${encodeURI(place.path).replaceAll('#', '%23')}#L${place.line}${last}`;
};

markdown.renderer.rules['code_inline'] = (tokens, index) => {
  const { content = '' } = tokens[index] ?? {};
  const code = `<code dir="ltr">${escaped(content)}</code>`;
  const before = tokens.slice(0, index).filter(({ type }) => type === 'link_open' || type === 'link_close');
  const isInLink = before.at(-1)?.type === 'link_open';
  const address = isInLink ? null : addressOf(content);
  return address === null ? code : linked(address, code);
};

/** Texts beyond this many characters are not parsed but shown as they are. */
const longest = 500_000;

export function htmlOf(source: string): string {
  if (source.length > longest) return `<pre>${escaped(source)}</pre>`;
  return markdown.render(source);
}

/**
 * Where the last top-level block of a Markdown text begins, in characters: what stands before it is finished and will
 * not change when more text is added at the end.
 */
export function lastBlockStart(source: string): number {
  let line = 0;
  for (const token of markdown.parse(source, {})) if (token.level === 0 && token.map !== null && token.nesting >= 0) line = token.map[0];
  let offset = 0;
  for (let at = 0; at < line; at++) offset = source.indexOf('\n', offset) + 1;
  return offset;
}
