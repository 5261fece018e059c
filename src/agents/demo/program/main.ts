import { randomUUID } from 'node:crypto';
import { demoHome, historyPath } from '../rows.ts';
import { DemoAgent } from './agent.ts';
import { Keys } from './keys.ts';
import { Reports } from './reports.ts';
import { Screen } from './screen.ts';

/** Usage: demoAgent [--session ID | --resume ID] [--history FILE] [PROMPT]. Other arguments are ignored. */
function optionsOf(args: string[]): { session: string; path: string; prompt: string | null } {
  const valueOf = (name: string) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
  const session = valueOf('--resume') ?? valueOf('--session') ?? randomUUID();
  const named = new Set(['--resume', '--session', '--history']);
  const words = args.filter((word, index) => !word.startsWith('--') && !named.has(args[index - 1] ?? ''));
  return { session, path: valueOf('--history') ?? historyPath(demoHome(process.env), session), prompt: words.length ? words.join(' ') : null };
}

/** What is for us alone does not reach the programs that the agent runs. */
function takenFromEnvironment(): { hooks: string | undefined; token: string } {
  const hooks = process.env['BACKSTITCH_DEMO_HOOKS'];
  const token = process.env['BACKSTITCH_DEMO_TOKEN'] ?? '';
  for (const name of ['BACKSTITCH_DEMO_HOOKS', 'BACKSTITCH_DEMO_TOKEN', 'ELECTRON_RUN_AS_NODE']) delete process.env[name];
  return { hooks, token };
}

const { session, path, prompt } = optionsOf(process.argv.slice(2));
const { hooks, token } = takenFromEnvironment();
const screen = new Screen(process.stdout);

const end = (code: number) => {
  screen.close();
  if (process.stdin.isTTY) process.stdin.setRawMode(false);
  process.exit(code);
};

const agent = new DemoAgent({ session, path, folder: process.cwd(), speed: process.env['BACKSTITCH_DEMO_SPEED'], screen, reports: new Reports(hooks, token), onExit: end });
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
