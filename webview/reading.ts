import type MarkdownIt from 'markdown-it';

type Token = ReturnType<InstanceType<typeof MarkdownIt>['parse']>[number];

const outermost = new Set([
  'paragraph_open', 'heading_open', 'bullet_list_open', 'ordered_list_open', 'blockquote_open', 'table_open',
]);

/**
 * Says of the blocks of a Markdown text how a reader needs them: text in its own direction, lists numbered and
 * delimited as they were written, tasks with their boxes, cells aligned by an attribute (the page's policy reports
 * styles). What stands in a block goes the way of the outermost one: a block with a direction of its own would not
 * count where that one's is looked for.
 */
export function inReadersWay(tokens: Token[]): void {
  tokens.forEach((token, at) => {
    if (token.level === 0 && outermost.has(token.type)) token.attrSet('dir', 'auto');
    if (token.type === 'ordered_list_open') number(tokens, at);
    if (token.type === 'list_item_open') markTask(token, tokens[at + 2]);
    if (token.type === 'th_open' || token.type === 'td_open') align(token);
  });
}

/** How the list's numbers end, and how many digits the longest has. */
function number(tokens: readonly Token[], at: number): void {
  const list = tokens[at];
  if (list === undefined) return;
  let last = Number(list.attrGet('start') ?? 1) - 1;
  for (const token of tokens.slice(at + 1)) {
    if (token.type === 'ordered_list_close' && token.level === list.level) break;
    if (token.type === 'list_item_open' && token.level === list.level + 1) last++;
  }
  if (list.markup === ')') list.attrSet('data-delimiter', 'paren');
  list.attrSet('data-digits', String(String(last).length));
}

/** `inline`: the text of the item's first paragraph, if that is what it begins with. */
function markTask(item: Token, inline: Token | undefined): void {
  const first = inline?.type === 'inline' ? inline.children?.[0] : undefined;
  const [box, mark] = /^\[([ xX])\]\s+/.exec(first?.content ?? '') ?? [];
  if (first?.type !== 'text' || box === undefined) return;
  first.content = first.content.slice(box.length);
  item.attrSet('data-task', mark === ' ' ? 'open' : 'done');
}

function align(cell: Token): void {
  const [, side] = /^text-align:(left|center|right)$/.exec(String(cell.attrGet('style') ?? '')) ?? [];
  cell.attrs = side === undefined ? null : [['align', side]];
}
