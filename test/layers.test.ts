import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { test } from 'node:test';
import { importsOf, productSources, withoutComments, type SourceFile } from './support/sources.ts';

interface Rule {
  /** Layers it may import besides itself. */
  layers: string[];
  /** Packages it may import; `node:` stands for Node's own modules. */
  packages: string[];
}

/** Who may import whom, as src/ARCHITECTURE.md says it. */
const rules: Record<string, Rule> = {
  core: { layers: [], packages: [] },
  agents: { layers: ['core'], packages: [] },
  program: { layers: ['core', 'agents'], packages: ['node:'] },
  protocol: { layers: ['core'], packages: ['vscode-jsonrpc', 'valibot', 'node:stream', 'node:net'] },
  node: { layers: ['core'], packages: ['node:', 'node-pty', '@xterm/headless', '@xterm/addon-serialize'] },
  host: { layers: ['core', 'agents', 'protocol', 'node'], packages: ['node:', 'vscode-jsonrpc', 'valibot'] },
  client: { layers: ['core', 'protocol', 'node'], packages: ['node:', 'vscode-jsonrpc'] },
  cli: { layers: ['core', 'client', 'protocol'], packages: ['node:', 'vscode-jsonrpc', 'commander', 'string-width'] },
  vscode: { layers: ['core', 'client', 'protocol'], packages: ['node:', 'vscode', 'vscode-jsonrpc', 'valibot'] },
  webview: { layers: ['core', 'protocol'], packages: ['lit', 'markdown-it', 'dompurify', 'diff', 'vscode-jsonrpc', 'valibot', '@vscode/webview-ui-toolkit', '@microsoft/fast-element', '@microsoft/fast-foundation'] },
};

/** Packages that one file alone may import. */
const soleImporters: Record<string, string> = {
  'node-pty': 'src/node/pty.ts',
  '@vscode/webview-ui-toolkit': 'webview/toolkit.ts',
};

/** Programs that run by themselves, inside an agent's folder, are a layer of their own. */
const layerOf = (path: string): string => {
  if (path.startsWith('webview/')) return 'webview';
  if (/^src\/agents\/[^/]+\/(program|hookRelay)\//.test(path)) return 'program';
  return path.split('/')[1] ?? '';
};

const packageOf = (name: string): string => (name.startsWith('@') ? name.split('/').slice(0, 2).join('/') : name.split('/')[0] ?? name);

const wrongEdges = ({ path, text }: SourceFile): string[] => {
  const layer = layerOf(path);
  const rule = rules[layer];
  if (!rule) return [`${path}: the table has no layer ${layer}`];
  return importsOf(text).flatMap((name) => {
    if (name.startsWith('.')) {
      const target = layerOf(posix.normalize(posix.join(posix.dirname(path), name)));
      return target === layer || rule.layers.includes(target) ? [] : [`${path}: ${layer} may not import ${target} (${name})`];
    }
    const allowed = rule.packages.some((known) => known === name || known === packageOf(name) || (known === 'node:' && name.startsWith('node:')));
    if (!allowed) return [`${path}: ${layer} may not import ${name}`];
    const sole = soleImporters[packageOf(name)];
    return sole === undefined || sole === path ? [] : [`${path}: only ${sole} may import ${name}`];
  });
};

const sources = productSources();

test('every import is one that the table allows', () => {
  assert.ok(sources.length > 50, 'the sources were found');
  assert.deepEqual(sources.flatMap(wrongEdges), []);
});

test('a wrong edge is seen', () => {
  assert.deepEqual(wrongEdges({ path: 'src/core/x.ts', text: "import type { A } from '../node/pty.ts';\nimport { readFile } from 'node:fs/promises';" }), [
    'src/core/x.ts: core may not import node (../node/pty.ts)',
    'src/core/x.ts: core may not import node:fs/promises',
  ]);
  assert.deepEqual(wrongEdges({ path: 'src/cli/verbs/x.ts', text: "const run = await import('../../host/run.ts');" }), ['src/cli/verbs/x.ts: cli may not import host (../../host/run.ts)']);
  assert.deepEqual(wrongEdges({ path: 'src/node/screen.ts', text: "import { spawn } from 'node-pty';" }), ['src/node/screen.ts: only src/node/pty.ts may import node-pty']);
});

test('the core and the adapters use no clock, no randomness, no process and no DOM', () => {
  const impure = /\b(?:Date\.now\(|new Date\(\)|Math\.random\(|performance\.|process\.|Buffer\.|setTimeout\(|setInterval\(|document\.|window\.|globalThis\.|crypto\.)/;
  const found = sources.filter(({ path }) => ['core', 'agents'].includes(layerOf(path)))
    .flatMap(({ path, text }) => withoutComments(text).split('\n').flatMap((line, at) => (impure.test(line) ? [`${path}:${at + 1}: ${line.trim()}`] : [])));
  assert.deepEqual(found, []);
});
