import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface SourceFile {
  /** From the root, with `/`. */
  path: string;
  text: string;
}

/** Every TypeScript file of the product. */
export const productSources = (): SourceFile[] =>
  globSync(['src/**/*.ts', 'webview/**/*.ts'], { cwd: root }).sort().map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

const comments = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;

/** The text without its comments; strings stay, also those that look like comments. Lines keep their numbers. */
export const withoutComments = (text: string): string =>
  text.replace(comments, (found) => (found.startsWith('/') ? found.replace(/[^\n]/g, ' ') : found));

/** What a module imports, types included, as written. */
export const importsOf = (text: string): string[] =>
  [...withoutComments(text).matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)(['"])([^'"\n]+)\1/g)].map((match) => match[2] ?? '');
