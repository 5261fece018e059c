import assert from 'node:assert/strict';
import { commands, extensions, window, workspace } from 'vscode';

interface Manifest {
  contributes: { commands: { command: string }[] };
}

/** What must hold in any VS Code that the extension is loaded into. @throws AssertionError at the first that does not. */
const checks: Record<string, () => Promise<void>> = {
  'the extension activates': async () => {
    const extension = extensions.getExtension('backstitch.backstitch');
    assert.ok(extension, 'it is installed');
    await extension.activate();
    assert.equal(extension.isActive, true);
  },
  'every command of the manifest is there': async () => {
    const extension = extensions.getExtension<unknown>('backstitch.backstitch');
    assert.ok(extension, 'it is installed');
    const { contributes } = extension.packageJSON as Manifest;
    const known = new Set(await commands.getCommands(true));
    assert.deepEqual(contributes.commands.map(({ command }) => command).filter((command) => !known.has(command)), []);
  },
  'it starts no agent by itself': async () => {
    assert.deepEqual(window.terminals.map(({ name }) => name), []);
    assert.equal(workspace.workspaceFolders?.length, 1);
  },
};

/** Entry point that @vscode/test-electron calls inside the extension host. */
export const run = async (): Promise<void> => {
  for (const [name, check] of Object.entries(checks)) {
    await check();
    console.log(`ok     ${name}`);
  }
  console.log(`${Object.keys(checks).length} passed, 0 failed`);
};
