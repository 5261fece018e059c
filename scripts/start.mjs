// `npm start`: VS Code with the extension on a copy of the sample workspace; desktop VS Code where `code` is on the PATH, else the
// browser workbench on loopback. `npm start -- --browser` takes the browser in any case; `-- <folder>` opens another folder.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { buildAll, giveUp, prepare, root } from './nodeEnv.mjs';
import { sampleFolder } from './sampleFolder.mjs';

await prepare(import.meta.url);

const args = process.argv.slice(2);
const place = path.join(root, 'out', 'start');

/** The folder to open: the one that was named, else the copy of the sample. */
function workspaceFolder() {
  const named = args.find((arg) => !arg.startsWith('-'));
  if (named !== undefined) {
    const folder = path.resolve(process.env.INIT_CWD ?? process.cwd(), named);
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) giveUp(`${folder} is not a folder.`);
    return folder;
  }
  return sampleFolder(place);
}

/** `code` of desktop VS Code; absent as root, which it refuses, and in the terminal of a remote window, where it is another program. */
function desktopCode() {
  if (args.includes('--browser') || process.getuid?.() === 0 || process.env.VSCODE_IPC_HOOK_CLI) return null;
  const found = (process.env.PATH ?? '').split(path.delimiter)
    .map((folder) => path.join(folder, process.platform === 'win32' ? 'code.cmd' : 'code')).find((file) => existsSync(file));
  return found ?? null;
}

function startDesktop(code, folder) {
  const { status } = spawnSync(code, ['--new-window', `--extensionDevelopmentPath=${root}`, folder], { stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) giveUp(`${code} ended with ${status}. \`npm start -- --browser\` opens the workbench in a browser instead.`);
  console.log(`VS Code opens ${folder} with Backstitch. Press Ctrl+Shift+P there and choose “Backstitch: New Session”.`);
}

async function startBrowser(folder) {
  const { startWorkbench } = await import('./workbench.mjs');
  const workbench = await startWorkbench({
    folder,
    extension: root,
    // as installed: VS Code starts the extension's process again when it dies, and shows notifications
    how: 'installed',
    userDataDir: path.join(place, 'workbench'),
    // whoever has the address has a shell: only this terminal shows it
    token: randomBytes(24).toString('base64url'),
    trust: true,
    // A window of its own with room for terminal and conversation, and one question at the start: whether the folder is trusted.
    settings: {
      'workbench.startupEditor': 'none', 'workbench.secondarySideBar.defaultVisibility': 'hidden', 'security.workspace.trust.startupPrompt': 'always',
      // The session host listens for hooks of agents, which nobody is to open: the Ports badge would count it.
      'remote.autoForwardPorts': false,
    },
  });
  console.log(`\nVS Code with Backstitch is at\n\n  ${workbench.url}\n`);
  console.log('Open it in a browser on this machine. Who has this address has a shell: keep it to yourself.');
  console.log('There: trust the folder, press Ctrl+Shift+P (or F1) and choose “Backstitch: New Session”.');
  console.log('Ctrl-C here ends the workbench. Sessions go on in the session host; `node dist/cli.mjs host stop --force` ends that.');
  // Kept until the end: Ctrl-C comes twice, from the terminal and handed on by npm, and the second one must not cut the ending short.
  const end = await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve(signal));
  });
  console.log(`\n${end}: ending the workbench`);
  await workbench.stop();
  process.exit();
}

buildAll('--dev');
const folder = workspaceFolder();
const code = desktopCode();
if (code === null) await startBrowser(folder);
else startDesktop(code, folder);
