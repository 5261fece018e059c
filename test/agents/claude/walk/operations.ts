import * as p from '../../../../src/protocol/protocol.ts';
import { goBack } from '../../../support/claudeKeys.ts';
import { press } from '../../../support/terminalKeys.ts';
import { asked, edit, existing, names, read, remove, shell, write } from './calls.ts';
import { endingOperations } from './endings.ts';
import { lineAt } from './historyModel.ts';
import type { Act, Operation, Walker } from './walker.ts';

const always = (): boolean => true;

const turn = (
  name: string,
  weight: number,
  acts: (walker: Walker) => { acts: Act[]; told: string },
  can = always as Operation['can'],
): Operation => ({
  name,
  weight,
  can,
  run: async (walker) => {
    const { acts: chosen, told } = acts(walker);
    walker.tell(told);
    await walker.turn(chosen);
  },
});

/** While the question stands the user may change a file, too. */
const asking = (option: 'allow' | 'deny'): Operation => ({
  name: option,
  weight: 1,
  can: always,
  run: async (walker) => {
    const path = walker.random.of(names);
    const own = walker.random.below(2) === 0 ? walker.random.of(names) : null;
    walker.tell(own ? `${path}, and the user ${own}` : path);
    await walker.turn([asked(walker, path)], async (session) => {
      await session.until('the question', (c) => c.requests.size === 1);
      if (own) await seen(walker);
      if (own) walker.writeAsUser(own, `mine ${walker.count()}\n`);
      const [request] = session.conversation.requests.keys();
      await session.connection.sendRequest(p.sessionAnswer, {
        session: session.uid,
        request: request ?? '',
        option,
        from: 'panel',
      });
    });
  },
});

/** The host has captured the files as they are now: a dry run waits for it. */
async function seen({ session }: Walker): Promise<void> {
  await session.until('the step that asks', (c) => c.chain('main').at(-1)?.kind === 'tool');
  const [seam] = await session.seams();
  await session.connection.sendRequest(p.sessionPreview, { session: session.uid, seam: seam?.seam ?? '' });
}

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
  turn(
    'remove',
    1,
    (walker) => {
      const path = walker.random.of(existing(walker));
      return { acts: [{ says: 'I remove.', calls: [remove(path)] }], told: path };
    },
    (walker) => existing(walker).length > 0,
  ),
  turn(
    'edit',
    3,
    (walker) => {
      const path = walker.random.of(existing(walker));
      return {
        acts: [
          { says: 'I read.', calls: [read(walker, path)] },
          { says: 'I edit.', calls: [edit(walker, path)] },
        ],
        told: path,
      };
    },
    (walker) => existing(walker).length > 0,
  ),
  turn('parallel', 2, (walker) => {
    const path = walker.random.of(names);
    return {
      acts: [
        { says: 'Several at once.', calls: [read(walker, 'hello.txt'), shell(walker, path), read(walker, 'two.txt')] },
      ],
      told: path,
    };
  }),
  {
    name: 'user edits',
    weight: 4,
    can: always,
    run: async (walker) => {
      const path = walker.random.of(names);
      const content = walker.folder.now.has(path) && walker.random.below(3) === 0 ? null : `mine ${walker.count()}\n`;
      walker.tell(`${path}: ${content?.trim() ?? 'removed'}`);
      walker.writeAsUser(path, content);
    },
  },
  {
    name: 'rewind',
    weight: 5,
    can: (walker) => walker.seams.length > 0,
    run: async (walker) => {
      const index = walker.random.below(walker.seams.length);
      const files = walker.random.below(3) > 0;
      walker.tell(
        `to ${index + 1} of ${walker.seams.length} (${walker.seams[index]?.told})${files ? '' : ' without files'}`,
      );
      await walker.rewindTo(index, { files });
    },
  },
  {
    name: 'switch',
    weight: 3,
    can: (walker) => walker.lines.size > 1,
    run: async (walker) => {
      const branch = walker.random.of(
        [...walker.lines.keys()].filter((name) => name !== walker.session.conversation.branch),
      );
      const line = walker.lines.get(branch);
      if (!line) throw new Error(`no line ${branch}`);
      const files = walker.random.below(3) > 0;
      walker.tell(`${branch}${files ? '' : ' without files'}`);
      await walker.move(() => walker.session.switchTo(branch, { files }), line, files ? line.left : null);
    },
  },
  {
    name: 'interrupt',
    weight: 2,
    can: always,
    run: (walker) =>
      walker.brokenTurn('words', async () => {
        const keys = walker.random.below(2) === 0;
        if (keys) walker.tell('by Escape');
        if (keys) await press(walker.session, [/I begin with/, '\u001b']);
        else await walker.connection.sendRequest(p.sessionInterrupt, { session: walker.session.uid });
        await walker.session.idle();
        await walker.landed('notice');
      }),
  },
  {
    name: 'interrupting rewind',
    weight: 1,
    can: (walker) => walker.seams.length > 0,
    run: (walker) =>
      walker.brokenTurn('words', async () => {
        // The words have not landed, so that nothing stands behind the prompt of this turn yet.
        const seams = walker.seams.slice(0, -1);
        const index = walker.random.below(seams.length);
        walker.tell(`to ${index + 1} of ${seams.length} (${seams[index]?.told})`);
        await walker.rewindTo(index, { files: true, interrupt: true });
      }),
  },
  ...endingOperations,
  {
    name: 'user edits while it speaks',
    weight: 2,
    can: always,
    run: async (walker) => {
      const [path, own] = [walker.random.of(names), walker.random.of(names)];
      walker.tell(`${own}, then a shell command ${path}`);
      let open = (): void => {};
      const says = `I speak ${walker.count()}.`;
      await walker.turn(
        [
          {
            says: `${says}\n`,
            calls: [shell(walker, path)],
            gate: new Promise((resolve) => {
              open = resolve;
            }),
          },
        ],
        async () => {
          await walker.heard(says);
          walker.writeAsUser(own, `mine ${walker.count()}\n`, 'unclear');
          open();
        },
      );
    },
  },
  asking('allow'),
  asking('deny'),
  {
    name: 'compact',
    weight: 1,
    can: (walker) => walker.line.tail.is === 'known' && walker.line.places.length > 4,
    run: async (walker) => {
      await walker.session.send('/compact');
      await walker.landed('compaction');
      await walker.session.idle();
      walker.line.tail = { is: 'learnt', having: ['the scripted work'], without: [] };
      Object.assign(walker.line, { isOpen: true, isPast: true, floor: walker.line.places.length + 1 });
    },
  },
  {
    name: 'clear',
    weight: 1,
    can: (walker) => walker.line.places.length > 0,
    run: async (walker) => {
      const { branch } = walker.session.conversation;
      const without = walker.line.places
        .filter(({ told }) => told.startsWith('prompt'))
        .map(({ told }) => told.slice('prompt '.length));
      walker.line.left = walker.mark();
      await walker.session.send('/clear');
      await walker.session.until('another branch', (c) => c.branch !== branch);
      await walker.session.idle();
      walker.lines.set(walker.session.conversation.branch, {
        places: [],
        isPast: false,
        tail: { is: 'learnt', having: [], without },
        isOpen: false,
        left: null,
        floor: 0,
      });
    },
  },
  {
    name: 'rewind of the agent’s own',
    weight: 2,
    can: (walker) => walker.prompts.length > 0,
    run: async (walker) => {
      const { index, prompt } = walker.random.of(walker.prompts);
      walker.tell(`to before ${prompt}`);
      await goBack(walker.session, prompt);
      await walker.goneBack(index);
    },
  },
  {
    name: 'fork',
    weight: 1,
    can: (walker) => walker.line.places.length > 0,
    run: async (walker) => {
      const index = walker.random.below(walker.seams.length + 1);
      const isTip = index === walker.seams.length;
      walker.tell(isTip ? 'at the tip' : `at ${index + 1} of ${walker.seams.length} (${walker.seams[index]?.told})`);
      const line = isTip ? { ...walker.line, isPast: true } : lineAt(walker.line, index);
      const { uid } = walker.session;
      walker.mark();
      const fork = await walker.connection.sendRequest(p.sessionFork, {
        session: uid,
        seam: isTip ? 'tip' : await walker.seamAt(index),
        env: walker.claude.env,
        cols: 100,
        rows: 30,
      });
      await walker.connection.sendRequest(p.sessionStop, { session: uid });
      await walker.reconnected(walker.connection, fork.uid);
      await walker.session.idle();
      walker.lines = new Map([[walker.session.conversation.branch, line]]);
    },
  },
  {
    name: 'rename',
    weight: 1,
    can: always,
    run: async (walker) => {
      const id = `walk-${walker.count()}`;
      walker.tell(id);
      await walker.connection.sendRequest(p.sessionRename, { session: walker.session.uid, id });
    },
  },
];
