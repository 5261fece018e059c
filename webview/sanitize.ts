import createDOMPurify from 'dompurify';
import { linkOf } from '../src/core/links.ts';

const purify = createDOMPurify(window);

/** Attributes besides the links; no value of theirs loads or runs anything. */
const plain = ['start', 'dir', 'align', 'data-delimiter', 'data-digits', 'data-task'];

const allowed = {
  ALLOWED_TAGS: ['a', 'p', 'br', 'hr', 'em', 'strong', 's', 'del', 'code', 'pre', 'blockquote', 'ul', 'ol', 'li', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table', 'thead', 'tbody', 'tr', 'th', 'td', '#text'],
  ALLOWED_ATTR: ['href', ...plain],
  ADD_URI_SAFE_ATTR: plain,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
} as const;

purify.addHook('uponSanitizeAttribute', (element, attribute) => {
  if (attribute.attrName !== 'href') return;
  const isLink = element.localName === 'a' && linkOf(attribute.attrValue) !== null;
  attribute.forceKeepAttr = isLink;
  attribute.keepAttr = isLink;
});

/**
 * HTML as a fragment in which nothing runs, nothing loads and the only links are those that `linkOf` knows. Each call
 * makes a fresh fragment.
 */
export const sanitized = (html: string): DocumentFragment => purify.sanitize(html, {
  ...allowed, ALLOWED_TAGS: [...allowed.ALLOWED_TAGS], ALLOWED_ATTR: [...allowed.ALLOWED_ATTR],
  ADD_URI_SAFE_ATTR: [...allowed.ADD_URI_SAFE_ATTR],
});
