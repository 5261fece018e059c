/** The panel in headless Chromium: its bundle and the scripted peer on a page with the panel's own strict CSP, served on loopback. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { themeCss, themeKinds } from './harnessThemes.ts';
import type { HarnessTheme } from './harnessThemes.ts';

const root = new URL('../../', import.meta.url).pathname;

/** Replacements of single modules of the panel, by file name: for tests that take one line of defence away. */
export type Replaced = Record<string, string>;

const replacing = (replaced: Replaced): Plugin => ({
  name: 'replaced',
  setup(build) {
    build.onLoad({ filter: /webview\/[^/]+\.ts$/ }, ({ path }) => {
      const contents = replaced[path.slice(path.lastIndexOf('/') + 1)];
      return contents === undefined ? undefined : { contents, loader: 'ts', resolveDir: `${root}webview` };
    });
  },
});

export async function bundle(entry: string, replaced: Replaced = {}, minify = false): Promise<string> {
  const result = await build({ entryPoints: [`${root}${entry}`], bundle: true, write: false, format: 'esm', platform: 'browser', target: 'chrome128', minify, plugins: [replacing(replaced)], logLevel: 'error', legalComments: 'none' });
  return result.outputFiles[0]!.text;
}

export interface OpenOptions {
  theme?: HarnessTheme;
  csp?: boolean;
  replaced?: Replaced;
  width?: number;
  height?: number;
  /** Runs in the page before the panel starts, with the peer. */
  prepare?: string;
  saved?: unknown;
  /** Called with the page before it is loaded. */
  onPage?(page: Page): void | Promise<void>;
}

export interface Harness {
  browser: Browser;
  /** Opens the panel on a fresh page. The page's console errors and CSP reports are collected in `problems`. */
  open(options?: OpenOptions): Promise<OpenPage>;
  /** Paths that were asked of the server besides the page's own, over all pages. */
  requests: string[];
  origin: string;
  close(): Promise<void>;
}

export interface OpenPage {
  page: Page;
  problems: string[];
}

const bundles = new Map<string, Promise<string>>();
const bundled = (entry: string, replaced: Replaced): Promise<string> => {
  const key = JSON.stringify([entry, replaced]);
  const made = bundles.get(key) ?? bundle(entry, replaced);
  bundles.set(key, made);
  return made;
};

/** The policy of the real panel (src/vscode), with the page's origin for cspSource. */
const policy = (nonce: string): string => `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'`;

function pageHtml(options: OpenOptions, panel: string, peer: string): string {
  const nonce = randomBytes(16).toString('hex');
  const theme = options.theme ?? 'dark';
  const inline = (code: string) => `<script type="module" nonce="${nonce}">${code.replaceAll('</script', '<\\/script')}</script>`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
${options.csp === false ? '' : `<meta http-equiv="Content-Security-Policy" content="${policy(nonce)}">`}<meta property="csp-nonce" content="${nonce}"><title>panel</title><style nonce="${nonce}">${themeCss(theme)}</style></head>
<body class="${themeKinds[theme]}" data-vscode-theme-kind="${themeKinds[theme]}">
<script nonce="${nonce}">addEventListener('securitypolicyviolation', (event) => console.error('policy violation: ' + event.violatedDirective)); window.savedState = ${JSON.stringify(options.saved ?? null)}; window.prepare = (peer) => { ${options.prepare ?? ''} };</script>
${inline(peer)}${inline(panel)}</body></html>`;
}

export async function startHarness(): Promise<Harness> {
  const pages = new Map<string, string>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const html = pages.get(request.url ?? '');
    if (html === undefined) requests.push(request.url ?? '');
    response.writeHead(html === undefined ? 404 : 200, { 'content-type': 'text/html' }).end(html ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
  return {
    browser, requests, origin,
    async open(options = {}) {
      const html = pageHtml(options, await bundled('webview/main.ts', options.replaced ?? {}), await bundled('test/webview/harnessPeer.ts', {}));
      const path = `/page-${pages.size}`;
      pages.set(path, html);
      const page = await browser.newPage({ viewport: { width: options.width ?? 560, height: options.height ?? 800 } });
      const problems: string[] = [];
      page.on('console', (message) => { if (message.type() === 'error' && !message.text().includes('favicon')) problems.push(message.text()); });
      page.on('pageerror', (error) => problems.push(String(error)));
      await options.onPage?.(page);
      await page.goto(`${origin}${path}`);
      return { page, problems };
    },
    async close() {
      await browser.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
