import { join } from 'node:path';
import * as p from '../../../../src/protocol/protocol.ts';
import type { Act, Call, Walker } from './walker.ts';

export interface Operation {
  name: string;
  weight: number;
  can(walker: Walker): boolean;
  /** Chooses, tells what was chosen, does it, and holds what is seen against the model. */
  run(walker: Walker): Promise<void>;
}

const names = ['a.txt', 'b.txt', 'c.txt', 'deep/d.txt', 'deep/e.txt'];
const always = (): boolean => true;

/** A call that writes a file which nobody has read: the CLI refuses it when the file exists. */
const write = (walker: Walker, path: string): Call => {
  const content = `written ${walker.count()}\n`;
  return { name: 'Write', input: { file_path: join(walker.cwd, path), content }, writes: [[path, content]] };
};
const shell = (walker: Walker, path: string): Call => {
  const content = `shell ${walker.count()}\n`;
  return { name: 'Bash', input: { command: `printf '${content.trim()}\\n' | tee ${path}`, description: 'Write' }, writes: [[path, content]] };
};
const remove = (path: string): Call => ({ name: 'Bash', input: { command: `rm -f ${path}`, description: 'Remove' }, writes: [[path, null]] });
const read = (walker: Walker, path: string): Call => ({ name: 'Read', input: { file_path: join(walker.cwd, path) }, writes: [] });

function edit(walker: Walker, path: string): Call {
  const before = walker.folder.now.get(path) ?? '';
  const [was, is] = [before.split('\n')[0] ?? '', `edited ${walker.count()}`];
  return { name: 'Edit', input: { file_path: join(walker.cwd, path), old_string: was, new_string: is, replace_all: false }, writes: [[path, before.replace(was, is)]] };
}

const existing = (walker: Walker): string[] => names.filter((name) => walker.folder.now.get(name));

const turn = (name: string, weight: number, acts: (walker: Walker) => { acts: Act[]; told: string }, can = always as Operation['can']): Operation => ({
  name, weight, can,
  run: async (walker) => {
    const { acts: chosen, told } = acts(walker);
    walker.tell(told);
    await walker.turn(chosen);
  },
});

export const operations: readonly Operation[] = [
  turn('words', 2, () => ({ acts: [], told: '' })),
  turn('write', 3, (walker) => {
    const path = walker.random.of(names);
    return { acts: [{ says: 'I write.', calls: [write(walker, path)] }], told: path };
  }),
  turn('shell', 2, (walker) => {
    const path = walker.random.of(names);
    return { acts: [{ says: 'I use the shell.', calls: [shell(walker, path)] }], told: path };
  }),
  turn('remove', 1, (walker) => {
    const path = walker.random.of(existing(walker));
    return { acts: [{ says: 'I remove.', calls: [remove(path)] }], told: path };
  }, (walker) => existing(walker).length > 0),
  turn('edit', 3, (walker) => {
    const path = walker.random.of(existing(walker));
    return { acts: [{ says: 'I read.', calls: [read(walker, path)] }, { says: 'I edit.', calls: [edit(walker, path)] }], told: path };
  }, (walker) => existing(walker).length > 0),
  turn('parallel', 2, (walker) => {
    const path = walker.random.of(names);
    return { acts: [{ says: 'Several at once.', calls: [read(walker, 'hello.txt'), shell(walker, path), read(walker, 'two.txt')] }], told: path };
  }),
  {
    name: 'user edits', weight: 4, can: always,
    run: async (walker) => {
      const path = walker.random.of(names);
      const content = walker.folder.now.has(path) && walker.random.below(3) === 0 ? null : `mine ${walker.count()}\n`;
      walker.tell(`${path}: ${content?.trim() ?? 'removed'}`);
      walker.writeAsUser(path, content);
    },
  },
  {
    name: 'rewind', weight: 5, can: (walker) => walker.seams.length > 0,
    run: async (walker) => {
      const index = walker.random.below(walker.seams.length);
      const files = walker.random.below(3) > 0;
      walker.tell(`to ${index + 1} of ${walker.seams.length} (${walker.seams[index]?.told})${files ? '' : ' without files'}`);
      await walker.rewindTo(index, { files });
    },
  },
  {
    name: 'switch', weight: 3, can: (walker) => walker.lines.size > 1,
    run: async (walker) => {
      const branch = walker.random.of([...walker.lines.keys()].filter((name) => name !== walker.session.conversation.branch));
      const line = walker.lines.get(branch);
      if (!line) throw new Error(`no line ${branch}`);
      const files = walker.random.below(3) > 0;
      walker.tell(`${branch}${files ? '' : ' without files'}`);
      await walker.move(() => walker.session.switchTo(branch, { files }), line, files ? line.left : null);
    },
  },
  {
    name: 'rename', weight: 1, can: always,
    run: async (walker) => {
      const id = `walk-${walker.count()}`;
      walker.tell(id);
      await walker.connection.sendRequest(p.sessionRename, { session: walker.session.uid, id });
    },
  },
  {
    name: 'stop and resume', weight: 1, can: always,
    run: async (walker) => {
      await walker.connection.sendRequest(p.sessionStop, { session: walker.session.uid });
      await walker.resume();
    },
  },
];

