/** Runs in the page: what is drawn outside the panel, or over something else that can be read or operated. A line for each; none when all is well. */
export function faultsOfLayout(): string[] {
  interface Drawn { element: Element; name: string; box: DOMRect }
  const isControl = (element: Element): boolean => /^(button|textarea|input|vscode-button|vscode-checkbox)$/.test(element.localName);
  const parentOf = (node: Node): Element | null => {
    const root = node.getRootNode();
    return (node as Element).assignedSlot ?? node.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
  };
  const ancestors = (element: Element): Element[] => {
    const found: Element[] = [];
    for (let at: Element | null = element; at !== null; at = parentOf(at)) found.push(at);
    return found;
  };
  const cut = (a: DOMRect, b: DOMRect): DOMRect => {
    const [x, y] = [Math.max(a.left, b.left), Math.max(a.top, b.top)];
    return new DOMRect(x, y, Math.max(0, Math.min(a.right, b.right) - x), Math.max(0, Math.min(a.bottom, b.bottom) - y));
  };
  const isThere = ({ width, height }: DOMRect): boolean => width > 1.5 && height > 1.5;
  /** What of a box is not clipped away. */
  const shown = (element: Element, box: DOMRect, isOwn: boolean): DOMRect => {
    let left = box;
    for (const at of ancestors(element).slice(0, -1)) {
      const { overflowX, overflowY, clipPath, visibility, opacity } = getComputedStyle(at);
      if (clipPath !== 'none' || visibility === 'hidden' || opacity === '0') return new DOMRect();
      if ((at !== element || !isOwn) && (overflowX !== 'visible' || overflowY !== 'visible')) left = cut(left, at.getBoundingClientRect());
    }
    return left;
  };
  const drawn: Drawn[] = [];
  const take = (element: Element, name: string, boxes: Iterable<DOMRect>, isOwn = false): void => {
    for (const box of boxes) {
      const left = shown(element, box, isOwn);
      if (isThere(left)) drawn.push({ element, name, box: left });
    }
  };
  const visit = (root: ParentNode): void => {
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) visit(element.shadowRoot);
      if (/^(style|script|title|svg)$/.test(element.localName) || !element.checkVisibility()) continue;
      if (isControl(element)) take(element, `${element.localName}#${element.id || element.getAttribute('aria-label') || element.textContent?.trim().slice(0, 30)}`, [element.getBoundingClientRect()], true);
      for (const node of element.childNodes) {
        if (node.nodeType !== Node.TEXT_NODE || node.textContent?.trim() === '') continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        take(element, `“${node.textContent?.trim().slice(0, 30)}”`, range.getClientRects());
      }
    }
  };
  visit(document);
  const view = new DOMRect(0, 0, innerWidth, innerHeight);
  const faults: string[] = [];
  for (const { name, box } of drawn) {
    const inside = cut(box, view);
    if (box.width - inside.width > 1 || box.height - inside.height > 1) faults.push(`${name} is outside the panel`);
  }
  const isOpaque = (element: Element, until: readonly Element[]): boolean => {
    for (const at of ancestors(element)) {
      if (until.includes(at)) return false;
      const alpha = getComputedStyle(at).backgroundColor.match(/[\d.]+/g)?.[3];
      if (getComputedStyle(at).backgroundColor !== 'rgba(0, 0, 0, 0)' && alpha === undefined) return true;
    }
    return false;
  };
  for (const [index, a] of drawn.entries()) for (const b of drawn.slice(index + 1)) {
    const both = cut(a.box, b.box);
    if (both.width < 2 || both.height < 3) continue;
    const [up, down] = [ancestors(a.element), ancestors(b.element)];
    if (up.includes(b.element) || down.includes(a.element)) continue;
    if (isOpaque(a.element, down) || isOpaque(b.element, up)) continue;
    faults.push(`${a.name} and ${b.name} are drawn over each other by ${Math.round(both.width)} x ${Math.round(both.height)}`);
  }
  return [...new Set(faults)];
}
