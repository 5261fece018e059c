import { lstat, readFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

/** Git's own ignore files below the folder are read by git itself; these are the rules that reach into it from above. */
const linesOf = async (path: string): Promise<string[]> => {
  try {
    return (await readFile(path, 'utf8')).split(/\r?\n/);
  } catch {
    // A missing or unreadable ignore file ignores nothing, as for git.
    return [];
  }
};

/** One rule of an ignore file in the directory that is `prefix` (`a/b`) above the folder, as seen from the folder; null: reaches nothing in it. */
export const ruleFromAbove = (rule: string, prefix: string): string | null => {
  if (rule.trim() === '' || rule.startsWith('#')) return null;
  const negated = rule.startsWith('!');
  const pattern = negated ? rule.slice(1) : rule;
  const isAnchored = pattern.replace(/\/\s*$/, '').includes('/');
  if (!isAnchored || pattern.startsWith('**/')) return rule;
  const plain = pattern.replace(/^\//, '');
  if (!plain.startsWith(`${prefix}/`)) return null;
  const rest = plain.slice(prefix.length + 1);
  return rest === '' ? null : `${negated ? '!' : ''}/${rest}`;
};

/** Rules from the repository around the folder (its root down to the folder's parent, and its info/exclude), outermost first. */
export const ignoresAbove = async (folder: string): Promise<string[]> => {
  const above: string[] = [];
  let root: string | null = null;
  for (let at = folder; ; at = dirname(at)) {
    if (at !== folder) above.unshift(at);
    if (await lstat(join(at, '.git')).then(() => true, () => false)) {
      root = at;
      break;
    }
    if (dirname(at) === at) break;
  }
  if (root === null) return [];
  const own = root === folder ? await linesOf(join(root, '.git', 'info', 'exclude')) : [];
  const rules = [...own];
  for (const directory of above) {
    const prefix = relative(directory, folder).split(sep).join('/');
    const lines = [...(directory === root ? await linesOf(join(root, '.git', 'info', 'exclude')) : []), ...(await linesOf(join(directory, '.gitignore')))];
    for (const line of lines) {
      const rule = ruleFromAbove(line, prefix);
      if (rule !== null) rules.push(rule);
    }
  }
  return rules;
};
