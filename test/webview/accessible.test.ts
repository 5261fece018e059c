import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import axe from 'axe-core';
import type { EventBody } from '../../src/core/events.ts';
import { gallery } from './gallery.ts';
import { startHarness } from './harness.ts';
import type { Harness, OpenPage } from './harness.ts';
import type { HarnessTheme } from './harnessThemes.ts';

let harness: Harness;
before(async () => { harness = await startHarness(); });
after(() => harness.close());

const request: EventBody = { type: 'permission_requested', request: 'r1', lane: 'main', tool: 'Bash', title: 'Run it', input: { command: 'rm -rf build' }, options: [{ option: 'allow', label: 'Allow' }, { option: 'deny', label: 'Deny' }] };
const cut: EventBody = { type: 'rewound', rewind: 'r', branch: 'branch-2', parent_branch: 'main', seam: 's14', native: { session: 'x', path: '' }, fidelity: 'exact', files: { is: 'kept' }, tip_checkpoint: null };

/** Everything at once: subagents, a cut branch, a request, a stall, queued prompts (one is being edited), live text and open confirms. */
async function everything(theme: HarnessTheme): Promise<OpenPage> {
  const events = [...gallery, cut, { type: 'state', state: { is: 'waiting', for: 'permission' } }, request, { type: 'queued', send: 'q', text: 'and then the docs', from: 'panel' }, { type: 'queued', send: 'q2', text: 'and the changelog', from: 'cli' }, { type: 'queued', send: 'q3', text: 'and the tests', from: 'host', expires: '2026-01-01T12:00:00.000Z' }, { type: 'queue_changed', paused: true, from: 'panel' }, { type: 'log_idle', idle_s: 480, during: 'turn' }];
  const opened = await harness.open({ theme, height: 2400, prepare: `peer.emit(${JSON.stringify(events)}); peer.stream('l', 'Flushing the **rest** now'); peer.switchPreview = { files: [{ path: 'gone.md', is: 'added', conflict: false }, { path: 'notes.md', is: 'deleted', conflict: true }] }; peer.preview = { files: [{ path: 'a.ts', is: 'modified', conflict: false }, { path: 'notes.txt', is: 'modified', conflict: true }], ends: ['the open request'] };` });
  const { page } = opened;
  await page.locator('panel-header #lanes').click();
  for (const head of await page.locator('tool-card .head').all()) await head.click();
  await page.locator('branch-card #show').click();
  await page.locator('branch-card #back').click();
  await page.getByRole('button', { name: 'Compare notes.md: now and after going back' }).waitFor();
  await page.locator('prompt-queue .row[data-send=q2]').press('Enter');
  await page.locator('prompt-queue textarea').waitFor();
  await page.locator('rewind-seam[data-seam=s8] button.handle').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('checkbox', { name: 'Overwrite notes.txt' }).waitFor();
  return opened;
}

test('everything that can be operated has a role and a name', async (t) => {
  const { page, problems } = await everything('dark');
  t.after(() => page.close());
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  const operable = nodes.filter((node) => !node.ignored && ['button', 'checkbox', 'textbox', 'link', 'dialog', 'region', 'article', 'navigation', 'DisclosureTriangle'].includes(String(node.role?.value)));
  assert.ok(operable.length > 40, `only ${operable.length} were found`);
  assert.deepEqual(operable.filter((node) => !String(node.name?.value ?? '').trim()).map((node) => `${node.role?.value} ${node.backendDOMNodeId}`), []);
  assert.deepEqual(problems, []);
});

for (const theme of ['dark', 'light', 'hc'] as const)
  test(`text can be read in the ${theme} theme`, async (t) => {
    const { page } = await everything(theme);
    t.after(() => page.close());
    const faint = await page.evaluate(() => {
      const parse = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
      const over = (top: number[], under: number[]): number[] => [0, 1, 2].map((i) => (top[i] ?? 0) * (top[3] ?? 1) + (under[i] ?? 0) * (1 - (top[3] ?? 1)));
      const parentOf = (element: Element): Element | null => element.assignedSlot ?? element.parentElement ?? (element.getRootNode() as ShadowRoot).host ?? null;
      const background = (element: Element | null): number[] => (element === null ? [255, 255, 255] : over(parse(getComputedStyle(element).backgroundColor), parse(getComputedStyle(element).backgroundColor)[3] === undefined ? [0, 0, 0] : background(parentOf(element))));
      const luminance = (color: number[]): number => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => { const c = (color[i] ?? 0) / 255; return sum + weight * (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4); }, 0);
      const isDimmed = (element: Element | null): boolean => element !== null && (Number(getComputedStyle(element).opacity) < 1 || isDimmed(parentOf(element)));
      const found: string[] = [];
      const visit = (root: ParentNode): void => {
        for (const element of root.querySelectorAll('*')) {
          if (element.shadowRoot) visit(element.shadowRoot);
          const words = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.textContent?.trim()).join('');
          if (words === '' || ['STYLE', 'SCRIPT', 'TITLE'].includes(element.tagName) || (element as HTMLElement).getClientRects().length === 0 || isDimmed(element)) continue;
          const under = background(element);
          const [a, b] = [luminance(over(parse(getComputedStyle(element).color), under)), luminance(under)];
          const ratio = (Math.max(a!, b!) + 0.05) / (Math.min(a!, b!) + 0.05);
          if (ratio < 4.5) found.push(`${ratio.toFixed(2)} ${element.tagName}.${element.className} ${words.slice(0, 40)}`);
        }
      };
      visit(document);
      return found;
    });
    assert.deepEqual(faint, []);
  });

for (const theme of ['dark', 'light', 'hc'] as const)
  test(`nothing breaks a rule of WCAG in the ${theme} theme`, async (t) => {
    const { page } = await everything(theme);
    t.after(() => page.close());
    await page.evaluate(axe.source);
    const broken = (contrast: boolean) => page.evaluate(async (withContrast) => {
      const { axe: checker } = window as unknown as { axe: typeof axe };
      const runOnly = { type: 'tag' as const, values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] };
      const { violations } = await checker.run(document, { runOnly, rules: { 'color-contrast': { enabled: withContrast }, 'label-content-name-mismatch': { enabled: true } }, resultTypes: ['violations'] });
      return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.flat().join(' ')}: ${failureSummary?.split('\n').slice(1).join(' ')}`));
    }, contrast);
    assert.deepEqual(await broken(false), []);
    // What a rewind would take is dimmed while its seam has the focus.
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.keyboard.press('Escape');
    await page.locator('rewind-seam[data-seam=s8] button.handle:focus').waitFor();
    await page.locator('prompt-composer textarea').focus();
    await page.locator('.dimmed').first().waitFor({ state: 'detached' });
    assert.deepEqual(await broken(true), []);
  });

test('who wants less motion gets none that turns or blinks', async (t) => {
  const { page } = await everything('dark');
  t.after(() => page.close());
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const moving = await page.evaluate(() => document.getAnimations().map((animation) => (animation as CSSAnimation).animationName).filter((name) => name !== 'pulse'));
  assert.deepEqual(moving, []);
});
