import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { demoHome, historyPath } from '../rows.ts';
import { DemoAgent } from './agent.ts';
import { Keys } from './keys.ts';
import { Reports } from './reports.ts';
import { Screen } from './screen.ts';

/** Usage: demoAgent [--session ID | --resume ID] [--history FILE] [--hooks FILE] [PROMPT]. Other arguments are ignored. */
function optionsOf(args: string[]): { session: string; path: string; hooks: string | undefined; prompt: string | null } {
  const valueOf = (name: string) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
  const session = valueOf('--resume') ?? valueOf('--session') ?? randomUUID();
  const named = new Set(['--resume', '--session', '--history', '--hooks']);
  const words = args.filter((word, index) => !word.startsWith('--') && !named.has(args[index - 1] ?? ''));
  return {
    session, path: valueOf('--history') ?? historyPath(demoHome(process.env), session), hooks: valueOf('--hooks'),
    prompt: words.length ? words.join(' ') : null,
  };
}

/** Where to report, and with what; nothing of it is in the environment, which the programs that the agent runs get. */
function hooksIn(path: string | undefined): { url: string | undefined; token: string } {
  if (path === undefined) return { url: undefined, token: '' };
  return JSON.parse(readFileSync(path, 'utf8')) as { url: string; token: string };
}

const { session, path, hooks, prompt } = optionsOf(process.argv.slice(2));
const { url, token } = hooksIn(hooks);
delete process.env['ELECTRON_RUN_AS_NODE'];
const screen = new Screen(process.stdout);

const end = (code: number) => {
  screen.close();
  if (process.stdin.isTTY) process.stdin.setRawMode(false);
  process.exit(code);
};

const agent = new DemoAgent({ session, path, folder: process.cwd(), speed: process.env['BACKSTITCH_DEMO_SPEED'], screen, reports: new Reports(url, token), onExit: end });
const keys = new Keys((key) => agent.key(key));
process.on('SIGTERM', () => end(143));
process.on('SIGHUP', () => process.exit(129));
process.stdout.on('resize', () => screen.resized());
if (process.stdin.isTTY) process.stdin.setRawMode(true);
process.stdin.on('data', (bytes: Buffer) => keys.take(bytes));
process.stdin.on('end', () => agent.exit());
await agent.start();
if (prompt !== null) {
  keys.take(Buffer.from(`\u001b[200~${prompt}\u001b[201~\r`));
}
