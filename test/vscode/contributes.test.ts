import assert from 'node:assert/strict';
import { existsSync, readFileSync, globSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { commandId, commandNames, panelType, startingViewId, viewId } from '../../src/vscode/commandTable.ts';
import { restrictedSettings, settingDefaults } from '../../src/vscode/settingTable.ts';

/** package.json against the tables of the extension: nothing declared that is not there, nothing there that is not declared. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string) => JSON.parse(readFileSync(path.join(root, name), 'utf8'));
const manifest = read('package.json');
const texts: Record<string, string> = read('package.nls.json');
const { contributes } = manifest;

const menus = Object.entries(contributes.menus as Record<string, { command: string; when?: string }[]>);

test('every command is contributed once, with our category and a title', () => {
  const commands: { command: string; title: string; category: string; icon?: string }[] = contributes.commands;
  assert.deepEqual(commands.map(({ command }) => command).sort(), commandNames.map(commandId).sort());
  for (const { command, title, category } of commands) {
    assert.equal(category, 'Backstitch', command);
    assert.match(title, /^%command\.\w+%$/, command);
  }
});

test('menus name commands that exist, and say when', () => {
  const known = new Set(commandNames.map(commandId));
  for (const [menu, items] of menus) {
    for (const { command, when } of items) {
      assert.ok(known.has(command), `${menu}: ${command}`);
      assert.ok(when, `${menu}: ${command} has no condition`);
    }
  }
});

test('what stands inline in the view or in a title bar has an icon', () => {
  const icons = new Map<string, string | undefined>(contributes.commands.map(({ command, icon }: { command: string; icon?: string }) => [command, icon]));
  for (const [menu, items] of menus) {
    for (const item of items as { command: string; group?: string }[]) {
      if (item.group?.startsWith('inline') || item.group?.startsWith('navigation')) assert.ok(icons.get(item.command), `${menu}: ${item.command}`);
    }
  }
});

test('settings are those of the table, with the same defaults', () => {
  const properties: Record<string, { default: unknown }> = contributes.configuration.properties;
  const declared = Object.fromEntries(Object.entries(properties).map(([name, { default: value }]) => [name.replace(/^backstitch\./, ''), value]));
  assert.deepEqual(declared, settingDefaults);
});

test('in a workspace that is not trusted, settings that name programs do not count', () => {
  assert.equal(manifest.capabilities.untrustedWorkspaces.supported, 'limited');
  assert.deepEqual(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations, restrictedSettings.map((name) => `backstitch.${name}`));
  assert.equal(manifest.capabilities.virtualWorkspaces.supported, false);
  assert.deepEqual(manifest.extensionKind, ['workspace']);
});

test('view and panel carry the names that the code uses', () => {
  assert.deepEqual(contributes.views.backstitch.map(({ id, when }: { id: string; when: string }) => `${id} ${when}`), [`${viewId} backstitch.ready`, `${startingViewId} !backstitch.ready`]);
  assert.deepEqual(manifest.activationEvents, ['onStartupFinished', `onWebviewPanel:${panelType}`]);
  for (const [, items] of menus) for (const { when } of items) for (const [, id] of (when ?? '').matchAll(/activeWebviewPanelId == '([^']*)'/g)) assert.equal(id, panelType);
});

test('every %text% has its English, and no English is left over', () => {
  const used = new Set([...JSON.stringify(manifest).matchAll(/%([\w.]+)%/g)].map(([, key]) => key!));
  assert.deepEqual([...used].sort(), Object.keys(texts).sort());
});

test('links of welcome texts and walkthroughs lead to commands that exist', () => {
  const known = new Set([...commandNames.map(commandId), 'vscode.openFolder']);
  for (const text of Object.values(texts)) for (const [, command] of text.matchAll(/\(command:([\w.]+)\)/g)) assert.ok(known.has(command!), text);
});

test('pictures that are named are there', () => {
  const named = [...JSON.stringify(manifest).matchAll(/"(media\/[\w./-]+)"/g)].map(([, file]) => file!);
  assert.ok(named.length >= 6);
  for (const file of named) assert.ok(existsSync(path.join(root, file)), file);
});

test('the l10n bundle holds every text of extension and panel', () => {
  const bundle: Record<string, string> = read('l10n/bundle.l10n.json');
  const sources = [...globSync('src/vscode/**/*.ts', { cwd: root }), 'webview/strings.ts'];
  const used = new Set<string>();
  for (const source of sources) {
    const text = readFileSync(path.join(root, source), 'utf8');
    const pattern = source === 'webview/strings.ts' ? /^ {2}'[\w.]+': '((?:[^'\\]|\\.)*)',$/gm : /\bt\(\s*'((?:[^'\\]|\\.)*)'/g;
    for (const [, literal] of text.matchAll(pattern)) used.add(literal!.replaceAll("\\'", "'"));
  }
  assert.deepEqual(Object.keys(bundle).sort(), [...used].sort(), 'node scripts/l10n.mjs brings it up to date');
  for (const [key, value] of Object.entries(bundle)) assert.equal(value, key);
});
