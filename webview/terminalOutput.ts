import { css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { directive, Directive, PartType } from 'lit/directive.js';
import type { ElementPart, PartInfo } from 'lit/directive.js';
import { linkOf } from '../src/core/links.ts';
import type { TerminalSpan } from '../src/core/terminalRow.ts';
import type { TerminalLine } from '../src/core/terminalText.ts';
import type { TerminalStyle } from '../src/core/terminalStyle.ts';
import { followLink, whereTo } from './followLink.ts';
import { painted, terminalTheme } from './terminalColors.ts';
import type { TerminalTheme } from './terminalColors.ts';

/** So many pieces with a look of their own are drawn; what comes behind them is drawn as text alone. */
const mostPieces = 5_000;

/** Colours by the object model: the page's policy lets no style through that is written down. */
class Paint extends Directive {
  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new Error('paint() paints an element');
  }

  render(_style: TerminalStyle, _theme: TerminalTheme) {
    return nothing;
  }

  override update(part: ElementPart, [style, theme]: [TerminalStyle, TerminalTheme]) {
    const { color = '', background = '' } = painted(style, theme);
    const { style: drawn } = part.element as HTMLElement;
    drawn.color = color;
    drawn.backgroundColor = background;
    return nothing;
  }
}
const paint = directive(Paint);

const looks = ['bold', 'italic', 'underline', 'strike'] as const;

/**
 * What a terminal shows, as text and pieces of it that look their own way; to be put into a `pre`. Its words are those
 * of the text alone.
 */
export function terminalTemplate(lines: readonly TerminalLine[]): (string | TemplateResult)[] {
  const theme = terminalTheme();
  const parts: (string | TemplateResult)[] = [];
  let [plain, pieces] = ['', 0];
  lines.forEach((line, at) => {
    if (at > 0) plain += '\n';
    for (const span of line) {
      if (Object.keys(span.style).length === 0 || ++pieces > mostPieces) plain += span.text;
      else {
        parts.push(plain, piece(span, theme));
        plain = '';
      }
    }
  });
  return [...parts, plain].filter((part) => part !== '');
}

function piece({ text, style }: TerminalSpan, theme: TerminalTheme): TemplateResult {
  const { link } = style;
  const look = looks.filter((name) => style[name]).join(' ');
  const isLink = link !== undefined && linkOf(link) !== null;
  if (!isLink) return html`<span class=${look} ${paint(style, theme)}>${text}</span>`;
  return html`<a class=${look} href=${link} title=${whereTo(link)} @click=${followLink} @auxclick=${followLink}
    ${paint(style, theme)}>${text}</a>`;
}

export const terminalStyles = css`
  .bold { font-weight: bold; } .italic { font-style: italic; }
  .underline { text-decoration: underline; } .strike { text-decoration: line-through; }
  .underline.strike { text-decoration: underline line-through; }
  pre.output { tab-size: 8; direction: ltr; text-align: left; }
  pre.output a { color: var(--vscode-textLink-foreground); }
`;
