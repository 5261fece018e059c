import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { sampleFiles } from '../modelServer/scenarios.ts';

/** A made-up key; the CLI records the last 20 characters of a key that was approved. */
const key = 'test-key-of-nobody-0123456789-0123456789';

export interface ClaudeSandbox {
  home: string;
  configDir: string;
  cwd: string;
  /** The whole environment of the CLI: it talks to the model server on this port and to nobody else. */
  env(port: number): Record<string, string>;
  remove(): void;
}

/** A throw-away home for Claude Code with a folder to work in, set up so that it starts without asking anything. */
export function claudeSandbox(): ClaudeSandbox {
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
  return { home, configDir, cwd, env: (port) => environment(home, configDir, port), remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 5 }) };
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
  // Lets the CLI run as root, as it may in a container.
  IS_SANDBOX: '1',
  // The CLI tells the model which shell it is in; without this it takes one that it finds.
  SHELL: '/bin/bash',
  LANG: 'C.UTF-8',
  TERM: 'xterm-256color',
});
