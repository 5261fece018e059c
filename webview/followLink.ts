import { linkOf } from '../src/core/links.ts';
import { plainText, shownPath } from '../src/core/plainText.ts';

/**
 * Answers a click on a link in a text of an agent's: `open-link` with the address, or `open-file` with a `FilePlace`.
 * Nothing else follows a link; for an element's `@click` and `@auxclick`.
 */
export function followLink(event: Event): void {
  const isLink = (target: EventTarget): target is HTMLElement => target instanceof HTMLElement && target.localName === 'a';
  const link = event.composedPath().find(isLink);
  if (link === undefined) return;
  event.preventDefault();
  // VS Code's own page around this one follows each link that it hears of, a relative one too.
  event.stopPropagation();
  const found = linkOf(link.getAttribute('href') ?? '');
  if (found === null) return;
  const isFile = found.is === 'file';
  const detail = isFile ? { path: found.path, line: found.line, endLine: found.endLine } : found.href;
  link.dispatchEvent(new CustomEvent(isFile ? 'open-file' : 'open-link', { detail, bubbles: true, composed: true }));
}

/**
 * Where a link leads to, for its tooltip: it is said before it is followed, whatever its words are. Empty for what is
 * no link.
 */
export function whereTo(href: string): string {
  const found = linkOf(href);
  if (found === null) return '';
  if (found.is !== 'file') return plainText(found.href);
  const { path, line, endLine } = found;
  return shownPath(path) + (line === undefined ? '' : `:${line}${endLine === undefined ? '' : `-${endLine}`}`);
}
