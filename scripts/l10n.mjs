// Writes l10n/bundle.l10n.json: every text of the extension (vscode.l10n.t) and of the panel (webview/strings.ts), in English.
// A translation is a copy of it with other values, named bundle.l10n.<language>.json. test/vscode/contributes.test.ts compares.
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const textsIn = (file, pattern) =>
  [...readFileSync(path.join(root, file), 'utf8').matchAll(pattern)].map(([, literal]) => literal.replaceAll("\\'", "'"));

const texts = [
  ...globSync('src/vscode/**/*.ts', { cwd: root }).flatMap((file) => textsIn(file, /\bt\(\s*'((?:[^'\\]|\\.)*)'/g)),
  ...textsIn('webview/strings.ts', /^ {2}'[\w.]+': '((?:[^'\\]|\\.)*)',$/gm),
];
const sorted = [...new Set(texts)].sort();
mkdirSync(path.join(root, 'l10n'), { recursive: true });
writeFileSync(path.join(root, 'l10n', 'bundle.l10n.json'), `${JSON.stringify(Object.fromEntries(sorted.map((text) => [text, text])), null, 2)}\n`);
console.log(`${sorted.length} texts`);
