import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { productSources, root, withoutComments, type SourceFile } from './support/sources.ts';

/** The built-in agent is ours, and its name a word of the product's own; “generic” is the folder of programs that have no adapter. */
const ours = new Set(['demo', 'generic']);
const folders = readdirSync(join(root, 'src/agents'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
const names = [...new Set([...folders.filter((name) => !ours.has(name)), 'claude', 'codex', 'gemini', 'anthropic', 'openai', 'opencode', 'copilot'])];
const anyName = new RegExp(names.join('|'), 'i');

const found = ({ path, text }: SourceFile): string[] =>
  withoutComments(text).split('\n').flatMap((line, at) => (anyName.test(line) ? [`${path}:${at + 1}: ${line.trim()}`] : []));

test("no agent's name stands outside src/agents, in an identifier or a string", () => {
  const elsewhere = productSources().filter(({ path }) => !path.startsWith('src/agents/'));
  assert.ok(elsewhere.length > 50, 'the sources were found');
  assert.deepEqual(elsewhere.flatMap(found), []);
});

test('a name is seen in identifiers and strings, and not in comments', () => {
  assert.deepEqual(found({ path: 'a.ts', text: "const isClaude = true; // Codex\nconst url = 'https://api.anthropic.example'; /* gemini */" }), [
    'a.ts:1: const isClaude = true;',
    "a.ts:2: const url = 'https://api.anthropic.example';",
  ]);
});
