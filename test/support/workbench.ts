import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Frame, type Locator, type Page } from 'playwright-core';
import { connectHost, type HostConnection } from '../../src/client/connect.ts';
import { hostShutdown } from '../../src/protocol/protocol.ts';
import { startWorkbench, type RunningWorkbench } from '../../scripts/workbench.mjs';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const screenshots = path.join(root, 'test-results');
const boundMs = 30_000;

/** What keeps a fresh VS Code from talking about itself. The terminal draws text instead of pixels, so that it can be read. */
const quiet = {
  'terminal.integrated.gpuAcceleration': 'off',
  'remote.autoForwardPorts': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.enableExperiments': false,
  'chat.disableAIFeatures': true,
  'chat.commandCenter.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'git.openRepositoryInParentFolders': 'never',
  'security.workspace.trust.startupPrompt': 'never',
  'security.workspace.trust.banner': 'always',
};

export interface OpenOptions {
  /** Files of the workspace, by relative path. */
  files?: Record<string, string>;
  /** Whether Workspace Trust asks; without it every folder is trusted. */
  trust?: boolean;
  how?: 'development' | 'installed';
  settings?: Record<string, unknown>;
  /** A folder of the test's own; absent: one is made, with `files` in it. */
  folder?: string;
  /** Opens a workspace file of `files` instead of the folder. */
  workspaceFile?: string;
  /** Added to the environment of the server, and so of the window. */
  env?: Record<string, string>;
  viewport?: { width: number; height: number };
}

/** The real workbench on a workspace of its own, with a home, a state directory and a session host that nobody else uses. */
export class Workbench {
  readonly page: Page;
  readonly folder: string;
  readonly stateDirectory: string;
  /** The environment of the server, and of a command line that is to reach the same host. */
  readonly env: Record<string, string>;
  #directory: string;
  #browser: Browser;
  #server: RunningWorkbench;
  #host: HostConnection | null = null;

  constructor(parts: { page: Page; browser: Browser; directory: string; folder: string; env: Record<string, string>; server: RunningWorkbench }) {
    this.page = parts.page;
    this.folder = parts.folder;
    this.stateDirectory = path.join(parts.directory, 'state');
    this.env = parts.env;
    this.#directory = parts.directory;
    this.#browser = parts.browser;
    this.#server = parts.server;
  }

  /** The process that runs the extension. */
  async extensionHostPid(): Promise<number> {
    return until('an extension host', () => {
      const pids = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n')
        .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
        .filter((match) => match !== null && Number(match[2]) === this.#server.pid && match[3]!.includes('--type=extensionHost'));
      return pids.length === 1 ? Number(pids[0]![1]) : null;
    });
  }

  /** A connection of the test's own to the host that the extension started: what is true, whatever is drawn. */
  async host(): Promise<HostConnection> {
    return until('a session host', () => this.runningHost());
  }

  /** The same, or null while no host runs. */
  async runningHost(): Promise<HostConnection | null> {
    if (this.#host) return this.#host;
    const host = await connectHost(this.#hostOptions());
    host?.onClose(() => { this.#host = null; });
    return (this.#host = host);
  }

  /** Opens the workbench (again) and waits until the extension is there. */
  async open(): Promise<void> {
    await this.page.goto(this.#server.url);
    await this.untilReady();
  }

  async untilReady(): Promise<void> {
    await this.page.waitForSelector('.monaco-workbench .activitybar', { timeout: boundMs });
    await this.page.locator('.activitybar [aria-label*="Backstitch"]').first().waitFor({ timeout: boundMs });
  }

  /** Runs a command of the palette by its whole title. A palette that loses the focus to something else is opened again. */
  async command(title: string): Promise<void> {
    const row = this.page.locator(`.quick-input-list .monaco-list-row[aria-label^="${title}"]`).first();
    await untilTrue(`the command ${title}`, async () => {
      await this.openPalette(title);
      return row.click({ timeout: 2_500 }).then(() => true, () => false);
    });
  }

  async openPalette(text: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input.input');
    // A palette that is just closing takes no text: it is opened again.
    await untilTrue('the command palette', async () => {
      await this.page.keyboard.press('F1');
      return input.fill(`>${text}`, { timeout: 1_500 }).then(() => true, () => false);
    });
  }

  /** The rows of the quick pick that is open, as text. */
  pickRows(): Promise<string[]> {
    return this.page.locator('.quick-input-list .monaco-list-row').evaluateAll((rows) => rows.map((row) => row.getAttribute('aria-label') ?? ''));
  }

  /** Chooses a row of the quick pick that is open. */
  async pick(text: string): Promise<void> {
    const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();
    await row.waitFor({ timeout: boundMs });
    await row.click();
  }

  /** Runs a command and chooses from what it lists; a list that loses the focus to something that came late is asked for again. */
  async commandAndPick(title: string, text: string): Promise<void> {
    const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();
    await untilTrue(`${text} of ${title}`, async () => {
      await this.command(title);
      return row.click({ timeout: 8_000 }).then(() => true, () => false);
    }, 2 * boundMs);
  }

  /** The frame of a conversation panel that is in view, once it holds a matching element. */
  async panel(holds = 'backstitch-panel'): Promise<Frame> {
    return until(`a panel with ${holds}`, async () => {
      for (const frame of this.page.frames()) {
        if (await frame.locator(holds).first().isVisible().catch(() => false)) return frame;
      }
      return null;
    });
  }

  /** The text of the terminal in view, rows joined by line ends. */
  terminalText(): Promise<string> {
    return this.page.locator('.terminal-wrapper.active .xterm-rows').evaluateAll((screens) =>
      screens.map((screen) => [...screen.children].map((row) => (row.textContent ?? '').replaceAll('\u00a0', ' ').trimEnd()).join('\n')).join('\n'));
  }

  /** Waits until the terminal shows it. */
  untilTerminal(pattern: RegExp): Promise<string> {
    return until(`${pattern} in the terminal`, async () => {
      const text = await this.terminalText();
      return pattern.test(text) ? text : null;
    });
  }

  /** A notification by a part of its text, in the list of notifications: under the test driver VS Code shows none by itself. */
  async notice(text: string): Promise<Locator> {
    const item = this.page.locator('.notifications-center .notification-list-item', { hasText: text });
    await untilTrue(`a notification “${text}”`, async () => {
      if (!await this.page.locator('.notifications-center.visible').isVisible()) await this.command('Notifications: Show Notifications');
      return item.waitFor({ timeout: 1_500 }).then(() => true, () => false);
    });
    return item;
  }

  /** Types into the terminal in view, once it has the focus. */
  async typeInTerminal(text: string): Promise<void> {
    await this.page.locator('.terminal-wrapper.active .xterm.focus').waitFor({ timeout: boundMs });
    await this.page.keyboard.type(text);
  }

  /** Kept for a person to look at. */
  async screenshot(name: string): Promise<void> {
    await mkdir(screenshots, { recursive: true });
    await this.page.screenshot({ path: path.join(screenshots, `${name}.png`) });
  }

  /** For `afterEach`: what was there when a test failed. */
  async screenshotOfFailure(each: { passed?: boolean; name: string }): Promise<void> {
    if (each.passed === false) await this.screenshot(`failed ${each.name}`.replace(/[^\w]+/g, '-').slice(0, 80));
  }

  /** Ends browser, server, session host and agents, and takes away what they wrote. */
  async dispose(): Promise<void> {
    await this.page.close().catch(() => undefined); // a test may have closed it
    await this.#browser.close();
    await this.#server.stop();
    const host = this.#host ?? await connectHost(this.#hostOptions());
    if (host) {
      const gone = new Promise<void>((resolve) => { host.onClose(resolve); });
      await host.connection.sendRequest(hostShutdown, { force: true }).catch(() => undefined); // it may end before it has answered
      await gone;
      host.dispose();
    }
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }

  #hostOptions() {
    return { env: this.env, hostScript: path.join(root, 'dist', 'host.mjs'), execPath: process.execPath, client: 'test', build: 'test' };
  }
}

/** A workbench that has been opened; the caller disposes of it. */
export async function openWorkbench(options: OpenOptions = {}): Promise<Workbench> {
  for (const bundle of ['extension.cjs', 'host.mjs', 'webview.js']) assert.ok(existsSync(path.join(root, 'dist', bundle)), `dist/${bundle} is missing: npm run build`);
  const directory = await mkdtemp(path.join(tmpdir(), 'backstitch-wb-'));
  const folder = options.folder ?? path.join(directory, 'workspace');
  const home = path.join(directory, 'home');
  await Promise.all([folder, home].map((each) => mkdir(each, { recursive: true })));
  for (const [name, content] of Object.entries(options.files ?? { 'README.md': '# Sample\n' })) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), content);
  }
  execFileSync('git', ['init', '-q', folder]);
  const env = { ...environmentOf(directory, home), ...options.env };
  const server = await startWorkbench({
    folder: options.workspaceFile === undefined ? folder : path.join(folder, options.workspaceFile), extension: root.replace(/\/$/, ''), how: options.how ?? 'development', userDataDir: path.join(directory, 'code'),
    trust: options.trust ?? false, settings: { ...quiet, ...options.settings }, env,
  });
  const browser = await launchBrowser();
  const page = await browser.newPage({ viewport: options.viewport ?? { width: 1400, height: 900 } });
  const workbench = new Workbench({ page, browser, directory, folder, env, server });
  try {
    await workbench.open();
  } catch (error) {
    await workbench.screenshot('could-not-open');
    await workbench.dispose();
    throw error;
  }
  return workbench;
}

function environmentOf(directory: string, home: string): Record<string, string> {
  const passed = Object.fromEntries(['PATH', 'LANG', 'TZ', 'TMPDIR'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  }));
  return {
    ...passed,
    HOME: home,
    XDG_CONFIG_HOME: path.join(home, '.config'),
    XDG_STATE_HOME: path.join(home, '.state'),
    XDG_DATA_HOME: path.join(home, '.data'),
    BACKSTITCH_STATE_DIR: path.join(directory, 'state'),
    SHELL: '/bin/bash',
    BACKSTITCH_DEMO_SPEED: '0',
  };
}

export const launchBrowser = (): Promise<Browser> => chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

/** Asks until there is an answer; a failure names what was waited for. */
export async function until<T>(what: string, ask: () => Promise<T | null | undefined> | T | null | undefined, limitMs = boundMs): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`${what}: not within ${limitMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export const untilTrue = async (what: string, ask: () => Promise<boolean> | boolean, limitMs = boundMs): Promise<void> => {
  await until(what, async () => (await ask()) || null, limitMs);
};
