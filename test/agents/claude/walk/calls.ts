import { join } from 'node:path';
import type { Act, Call, Walker } from './walker.ts';

/** The files that agent and user write. */
export const names = ['a.txt', 'b.txt', 'c.txt', 'deep/d.txt', 'deep/e.txt'];

/** A call that writes a file which nobody has read: the CLI refuses it when the file exists. */
export const write = (walker: Walker, path: string): Call => {
  const content = `written ${walker.count()}\n`;
  return { name: 'Write', input: { file_path: join(walker.cwd, path), content }, writes: [[path, content]] };
};
export const shell = (walker: Walker, path: string): Call => {
  const content = `shell ${walker.count()}\n`;
  return {
    name: 'Bash',
    input: { command: `printf '${content.trim()}\\n' | tee ${path}`, description: 'Write' },
    writes: [[path, content]],
  };
};
export const remove = (path: string): Call => ({
  name: 'Bash',
  input: { command: `rm -f ${path}`, description: 'Remove' },
  writes: [[path, null]],
});
export const read = (walker: Walker, path: string): Call => ({
  name: 'Read',
  input: { file_path: join(walker.cwd, path) },
  writes: [],
});

export function edit(walker: Walker, path: string): Call {
  const before = walker.folder.now.get(path) ?? '';
  const [was, is] = [before.split('\n')[0] ?? '', `edited ${walker.count()}`];
  return {
    name: 'Edit',
    input: { file_path: join(walker.cwd, path), old_string: was, new_string: is, replace_all: false },
    writes: [[path, before.replace(was, is)]],
  };
}

export const existing = (walker: Walker): string[] => names.filter((name) => walker.folder.now.get(name));

/** A call that the CLI asks about. */
export function asked(walker: Walker, path: string): Act {
  const content = `asked ${walker.count()}`;
  const command = `env printf '${content}\\n' > ${path}`;
  return {
    says: 'I ask.',
    calls: [{ name: 'Bash', input: { command, description: 'Ask' }, writes: [[path, `${content}\n`]] }],
  };
}
