import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { sampleFiles } from '../modelServer/scenarios.ts';
import { openDeadProxy } from './deadProxy.ts';

/** A made-up key; the CLI records the last 20 characters of a key that was approved. */
const key = 'test-key-of-nobody-0123456789-0123456789';

export interface ClaudeSandbox {
  home: string;
  configDir: string;
  cwd: string;
  /** The whole environment of the CLI: it talks to the model server on this port, and finds no way to another machine. */
  env(port: number): Record<string, string>;
  /** `env` for a window, which asks for hosts by itself: without `proxyEnv`, which its agents get by a setting. */
  windowEnv(port: number): Record<string, string>;
  proxyEnv: Record<string, string>;
  /** @throws AssertionError when an agent that had `env` asked for a host of another machine */
  remove(): Promise<void>;
}

/** A throw-away home for Claude Code with a folder to work in, set up so that it starts without asking anything. */
export async function claudeSandbox(): Promise<ClaudeSandbox> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'backstitch-claude-')));
  const [home, cwd] = [join(root, 'home'), join(root, 'project')];
  const configDir = join(home, '.claude');
  mkdirSync(configDir, { recursive: true, mode: 0o700 });
  mkdirSync(cwd);
  for (const [name, content] of Object.entries(sampleFiles)) writeFileSync(join(cwd, name), content);
  const config = {
    hasCompletedOnboarding: true,
    theme: 'dark',
    customApiKeyResponses: { approved: [key.slice(-20)], rejected: [] },
    projects: { [cwd]: { hasTrustDialogAccepted: true } },
  };
  writeFileSync(join(configDir, '.claude.json'), JSON.stringify(config));
  const proxy = await openDeadProxy();
  const remove = async (): Promise<void> => {
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    await proxy.close();
  };
  const windowEnv = (port: number): Record<string, string> => environment(home, configDir, port);
  return { home, configDir, cwd, env: (port) => ({ ...windowEnv(port), ...proxy.env }), windowEnv, proxyEnv: proxy.env, remove };
}

const environment = (home: string, configDir: string, port: number): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  HOME: home,
  CLAUDE_CONFIG_DIR: configDir,
  ANTHROPIC_BASE_URL: `http://127.0.0.1:${port}`,
  ANTHROPIC_API_KEY: key,
  DISABLE_TELEMETRY: '1',
  DISABLE_ERROR_REPORTING: '1',
  DISABLE_AUTOUPDATER: '1',
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  // The switch above leaves this on: the CLI (2.1.329) asks two hosts for its list of plugins at each start.
  CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL: '1',
  // Lets the CLI run as root, as it may in a container.
  IS_SANDBOX: '1',
  // The CLI tells the model which shell it is in; without this it takes one that it finds.
  SHELL: '/bin/bash',
  LANG: 'C.UTF-8',
  TERM: 'xterm-256color',
});
