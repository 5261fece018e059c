import MarkdownIt from 'markdown-it';
import { say } from './strings.ts';

const isHttps = (href: string): boolean => /^https:\/\/[^\s/]/i.test(href);

/** Agents' Markdown to HTML. No HTML of theirs passes, only https links stay links, and an image is a link to it, never fetched. */
const markdown = new MarkdownIt({ html: false, linkify: false, breaks: false });
markdown.validateLink = isHttps;
markdown.renderer.rules['image'] = (tokens, index) => {
  const token = tokens[index];
  const source = String(token?.attrGet('src') ?? '');
  const label = markdown.utils.escapeHtml(say('block.image', token?.content || source));
  return isHttps(source) ? `<a href="${markdown.utils.escapeHtml(source)}">${label}</a>` : label;
};

/** Texts beyond this many characters are not parsed but shown as they are. */
const longest = 500_000;

export function htmlOf(source: string): string {
  if (source.length > longest) return `<pre>${markdown.utils.escapeHtml(source)}</pre>`;
  return markdown.render(source);
}

/**
 * Where the last top-level block of a Markdown text begins, in characters: what stands before it is finished and will not change when
 * more text is added at the end.
 */
export function lastBlockStart(source: string): number {
  let line = 0;
  for (const token of markdown.parse(source, {})) if (token.level === 0 && token.map !== null && token.nesting >= 0) line = token.map[0];
  let offset = 0;
  for (let at = 0; at < line; at++) offset = source.indexOf('\n', offset) + 1;
  return offset;
}
