import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCheckpoints } from '../../../src/node/checkpoints.ts';
import { contents, git, opened, place, write } from './support.ts';

test('nothing is written or removed outside, while a directory and a link trade places all the time', { timeout: 120_000 }, async (t) => {
  const { root, folder, gitDir } = place(t);
  const outside = join(root, 'outside');
  for (const name of ['changed', 'made', 'kept']) write(outside, `deep/${name}`, 'theirs');
  write(folder, 'dir/deep/changed', 'one');
  write(folder, 'dir/deep/gone', 'one');
  const checkpoints = await opened({ folder, gitDir });
  const first = await checkpoints.capture();
  write(folder, 'dir/deep/changed', 'two');
  rmSync(join(folder, 'dir/deep/gone'));
  write(folder, 'dir/deep/made', 'two');
  const tip = await checkpoints.capture();
  const before = contents(outside);
  const swapper = fork(join(import.meta.dirname, 'swapper.program.mjs'), [join(folder, 'dir'), outside]);
  await once(swapper, 'message');
  let moved = 0;
  for (let round = 0; round < 60 || moved === 0; round++) {
    const [to, from] = round % 2 === 0 ? [first, tip] : [tip, first];
    const done = await checkpoints.restore({ to: to.checkpoint, tip: from.checkpoint }).catch(() => null);
    moved += (done?.write.length ?? 0) + (done?.remove.length ?? 0);
    assert.deepEqual(contents(outside), before, `round ${round}`);
  }
  swapper.send('end');
  await once(swapper, 'exit');
  assert.deepEqual(contents(outside), before);
  // Where a restore has made the directory anew, the other one could not come back.
  if (existsSync(join(folder, 'dir.aside'))) {
    rmSync(join(folder, 'dir'), { recursive: true, force: true });
    renameSync(join(folder, 'dir.aside'), join(folder, 'dir'));
  }
  // What lay in it while it was away goes once it is back.
  await checkpoints.capture();
  assert.deepEqual(Object.keys(contents(folder)).filter((path) => path.includes('.backstitch-')), []);
});

test('another folder that was moved to the place is told, one that was made again is brought back', async (t) => {
  const { root, folder, gitDir } = place(t);
  write(folder, 'a', 'one');
  const checkpoints = await opened({ folder, gitDir });
  const first = await checkpoints.capture();
  write(folder, 'a', 'two');
  const tip = await checkpoints.capture();
  renameSync(folder, join(root, 'aside'));
  write(folder, 'a', 'theirs');
  const request = { to: first.checkpoint, tip: tip.checkpoint };
  const untouched = [{ path: '.', because: 'not-covered', why: `another folder stands at ${folder} now than then` }];
  const plan = { write: [], remove: [], conflicts: ['a'], untouched };
  assert.deepEqual(await checkpoints.preview(request), plan);
  assert.deepEqual(await checkpoints.restore(request), plan);
  assert.deepEqual(contents(folder), { a: 'theirs' });
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  const gone = await checkpoints.capture();
  const again = { ...plan, write: ['a'], conflicts: [] };
  assert.deepEqual(await checkpoints.restore({ ...request, tip: gone.checkpoint }), again);
  assert.equal((await checkpoints.capture()).checkpoint, first.checkpoint);
  // It is this folder's state from now on.
  assert.deepEqual((await checkpoints.preview({ ...request, tip: first.checkpoint })).untouched, []);
});

test('no permission bits are given outside, while a directory and a link trade places', { timeout: 120_000 }, async (t) => {
  const { root, folder, gitDir } = place(t);
  const outside = join(root, 'outside');
  const places = ['deep', 'deep/kept', 'deep/inner'];
  for (const base of [outside, join(folder, 'dir')]) {
    write(base, 'deep/kept', 'one');
    write(base, 'deep/inner/x', 'one');
  }
  const checkpoints = await opened({ folder, gitDir });
  const first = await checkpoints.capture();
  for (const path of places) chmodSync(join(folder, 'dir', path), 0o700);
  const tip = await checkpoints.capture();
  for (const path of places) chmodSync(join(outside, path), 0o711);
  const swapper = fork(join(import.meta.dirname, 'swapper.program.mjs'), [join(folder, 'dir'), outside]);
  await once(swapper, 'message');
  let changed = 0;
  for (let round = 0; round < 60 || changed === 0; round++) {
    const [to, from] = round % 2 === 0 ? [first, tip] : [tip, first];
    const done = await checkpoints.restore({ to: to.checkpoint, tip: from.checkpoint }).catch(() => null);
    changed += done?.write.length ?? 0;
    const modes = places.map((path) => (statSync(join(outside, path)).mode & 0o777).toString(8));
    assert.deepEqual(modes, ['711', '711', '711'], `round ${round}`);
  }
  swapper.send('end');
  await once(swapper, 'exit');
});

test('a folder that a link has taken the place of meanwhile is neither captured nor restored', async (t) => {
  const { root, folder, gitDir } = place(t);
  write(folder, 'a', 'one');
  write(folder, 'b', 'one');
  const checkpoints = await opened({ folder, gitDir });
  const first = await checkpoints.capture();
  write(folder, 'a', 'two');
  const tip = await checkpoints.capture();
  write(root, 'other/a', 'two');
  write(root, 'other/new', 'theirs');
  renameSync(folder, join(root, 'aside'));
  symlinkSync(join(root, 'other'), folder);
  await assert.rejects(checkpoints.capture(), /A link has taken the place of the folder/);
  await assert.rejects(checkpoints.restore({ to: first.checkpoint, tip: tip.checkpoint }), { code: 'folder-replaced' });
  assert.deepEqual([contents(join(root, 'other')), contents(join(root, 'aside'))], [{ a: 'two', new: 'theirs' }, { a: 'two', b: 'one' }]);
});

/** What a state directory looks like. */
function stateAt(path: string): void {
  for (const part of ['events', 'output', 'native', 'runs', 'checkpoints']) mkdirSync(join(path, part), { recursive: true });
  writeFileSync(join(path, 'events/0123456789abcdef--one.jsonl'), 'first\n');
  writeFileSync(join(path, 'host.log'), 'x\n');
}

test('nothing of a state directory is captured, listed or restored, whoever it belongs to and whatever tracks it', async (t) => {
  const { root, folder } = place(t);
  const own = join(folder, '.local/state/backstitch');
  for (const path of [own, join(folder, 'elsewhere/[state]'), join(folder, 'late')]) stateAt(path);
  rmSync(join(folder, 'late/events'), { recursive: true });
  rmSync(join(folder, 'late/host.log'));
  write(folder, 'a', '1');
  write(folder, '.gitignore', '!*\n');
  git(folder, 'init', '-q');
  git(folder, 'add', '-f', '.');
  symlinkSync(own, join(folder, 'link'));
  const checkpoints = await opened({ folder, gitDir: join(own, 'checkpoints/uid'), own: [own] });
  const first = await checkpoints.capture();
  assert.deepEqual([first.changed, first.skipped], [[], []]);
  stateAt(join(folder, 'late'));
  for (const path of [own, join(folder, 'elsewhere/[state]')]) writeFileSync(join(path, 'events/0123456789abcdef--one.jsonl'), 'first\nsecond\n');
  writeFileSync(join(own, 'events/0123456789abcdef--two.jsonl'), 'first\n');
  write(folder, 'a', '2');
  const tip = await checkpoints.capture();
  assert.deepEqual([tip.changed, tip.skipped], [['a'], []]);
  const plan = await checkpoints.restore({ to: first.checkpoint, tip: tip.checkpoint });
  assert.deepEqual(plan, { write: ['a'], remove: [], conflicts: [], untouched: [] });
  assert.equal(readFileSync(join(own, 'events/0123456789abcdef--one.jsonl'), 'utf8'), 'first\nsecond\n');
  assert.equal(existsSync(join(own, 'events/0123456789abcdef--two.jsonl')), true);
  for (const inside of [own, join(own, 'events')]) {
    assert.deepEqual(await openCheckpoints({ folder: inside, gitDir: join(root, 'shadow'), own: [own] }), {
      is: 'unavailable', reason: `The folder ${inside} lies in a state directory of Backstitch, whose files are never captured.`,
    });
  }
});

test('nor is one of a host that has had no session yet, which holds nothing but its own files', async (t) => {
  const { folder, gitDir } = place(t);
  write(folder, 'a', '1');
  const checkpoints = await opened({ folder, gitDir });
  const first = await checkpoints.capture();
  stateAt(join(folder, 'new'));
  rmSync(join(folder, 'new/events/0123456789abcdef--one.jsonl'));
  write(folder, 'a', '2');
  const tip = await checkpoints.capture();
  assert.deepEqual([tip.changed, tip.skipped], [['a'], []]);
  const plan = await checkpoints.restore({ to: first.checkpoint, tip: tip.checkpoint });
  assert.deepEqual(plan, { write: ['a'], remove: [], conflicts: [], untouched: [] });
  assert.deepEqual(readdirSync(join(folder, 'new')).sort(), ['checkpoints', 'events', 'host.log', 'native', 'output', 'runs']);
});

test('a state directory that an earlier version captured is not restored either', async (t) => {
  const { folder, gitDir } = place(t);
  const state = join(folder, 'state');
  write(folder, 'state/events/0123456789abcdef--one.jsonl', 'first\n');
  const checkpoints = await opened({ folder, gitDir });
  const first = await checkpoints.capture();
  assert.deepEqual(await checkpoints.read(first.checkpoint, 'state/events/0123456789abcdef--one.jsonl'), 'first\n');
  stateAt(state);
  writeFileSync(join(state, 'events/0123456789abcdef--one.jsonl'), 'first\nsecond\n');
  const tip = await checkpoints.capture();
  const plan = await checkpoints.restore({ to: first.checkpoint, tip: tip.checkpoint });
  assert.deepEqual(plan, { write: [], remove: [], conflicts: [], untouched: [] });
  assert.equal(readFileSync(join(state, 'events/0123456789abcdef--one.jsonl'), 'utf8'), 'first\nsecond\n');
});

test('what a killed restore left in a directory that became a link is left there', async (t) => {
  const { root, folder, gitDir } = place(t);
  write(folder, 'a', '1');
  await (await opened({ folder, gitDir })).capture();
  write(root, 'outside/.backstitch-restore-00', 'theirs');
  symlinkSync(join(root, 'outside'), join(folder, 'dir'));
  writeFileSync(join(gitDir, 'restoring'), JSON.stringify(['dir/.backstitch-restore-00', '../outside/.backstitch-restore-00']));
  await opened({ folder, gitDir });
  assert.deepEqual(readdirSync(join(root, 'outside')), ['.backstitch-restore-00']);
});

test('nothing that an agent keeps for itself is captured, listed or restored, whatever tracks it; it is told', async (t) => {
  const { root, folder, gitDir } = place(t);
  const history = 'dotfiles/agent/projects/one.jsonl';
  write(folder, history, 'first\n');
  write(folder, 'dotfiles/mine', '1');
  write(folder, 'project/.agent/settings', '1');
  write(folder, '.agent.json', '1');
  mkdirSync(join(root, 'outside'));
  write(folder, 'project/.agent.json', '1');
  symlinkSync('dotfiles/agent', join(folder, '.agent'));
  symlinkSync(join(folder, 'dotfiles/elsewhere'), join(root, 'outside/sessions'));
  write(folder, 'dotfiles/elsewhere/7.json', '1');
  write(folder, '.gitignore', '!*\n');
  git(folder, 'init', '-q');
  git(folder, 'add', '-f', '.');
  const agents = () => [{ path: join(folder, '.agent') }, { path: join(folder, '.agent.json*') }, { path: join(root, 'outside'), inside: ['sessions'] }, { path: join(folder, 'late') }];
  const checkpoints = await opened({ folder, gitDir, agents });
  const first = await checkpoints.capture();
  const why = 'an agent keeps it for itself';
  const skipped = ['dotfiles/agent', '.agent', '.agent.json', 'dotfiles/elsewhere'].map((path) => ({ path, why }));
  assert.deepEqual(first.skipped, skipped);
  const written: Record<string, string> = { [history]: 'first\nsecond\n', 'dotfiles/agent/projects/two.jsonl': '1', '.agent.json': '2', '.agent.json.tmp.7': '2', '.agent.json.lock/7': '2', 'dotfiles/elsewhere/7.json': '2', 'late/log': '1' };
  for (const [path, text] of Object.entries(written)) write(folder, path, text);
  write(folder, 'dotfiles/mine', '2');
  for (const path of ['project/.agent/settings', 'project/.agent.json']) write(folder, path, '2');
  const tip = await checkpoints.capture();
  const changed = ['dotfiles/mine', 'project/.agent.json', 'project/.agent/settings'];
  assert.deepEqual(tip.changed, changed);
  assert.deepEqual(tip.skipped, [...skipped, { path: 'late', why }]);
  const plan = await checkpoints.restore({ to: first.checkpoint, tip: tip.checkpoint, overwrite: Object.keys(written) });
  assert.deepEqual([plan.write, plan.remove, plan.conflicts], [changed, [], []]);
  assert.deepEqual(plan.untouched.map(({ path, because }) => [path, because]), [
    ['.agent.json', 'not-covered'], ['dotfiles/agent', 'not-covered'], ['dotfiles/elsewhere', 'not-covered'], ['late', 'not-covered'],
  ]);
  for (const [path, text] of Object.entries(written)) assert.equal(readFileSync(join(folder, path), 'utf8'), text, path);
});

test('what an earlier version captured of an agent’s histories is not restored either', async (t) => {
  const { folder, gitDir } = place(t);
  write(folder, '.agent/one.jsonl', 'first\n');
  write(folder, '.agent/gone.jsonl', 'first\n');
  const before = await (await opened({ folder, gitDir })).capture();
  const checkpoints = await opened({ folder, gitDir, agents: () => [{ path: join(folder, '.agent') }] });
  write(folder, '.agent/one.jsonl', 'first\nsecond\n');
  rmSync(join(folder, '.agent/gone.jsonl'));
  const tip = await checkpoints.capture();
  assert.deepEqual([tip.changed, await checkpoints.changes(before.checkpoint, tip.checkpoint)], [[], []]);
  const plan = await checkpoints.restore({ to: before.checkpoint, tip: tip.checkpoint });
  assert.deepEqual([plan.write, plan.remove, contents(folder)], [[], [], { '.agent/one.jsonl': 'first\nsecond\n' }]);
});

test('in an agent’s own directory what it alone writes is left out, and a folder within that has no checkpoints', async (t) => {
  const { root, folder, gitDir } = place(t);
  const agents = () => [{ path: folder, inside: ['projects'] }];
  write(folder, 'projects/x/one.jsonl', '1');
  write(folder, 'skills/mine', '1');
  const checkpoints = await opened({ folder, gitDir, agents });
  const first = await checkpoints.capture();
  write(folder, 'projects/x/one.jsonl', '2');
  write(folder, 'skills/mine', '2');
  const tip = await checkpoints.capture();
  await checkpoints.restore({ to: first.checkpoint, tip: tip.checkpoint });
  assert.deepEqual(contents(folder), { 'projects/x/one.jsonl': '2', 'skills/mine': '1' });
  const within = join(folder, 'projects/x');
  assert.deepEqual(await openCheckpoints({ folder: within, gitDir: join(root, 'other'), agents }), {
    is: 'unavailable', reason: `The folder ${within} lies in what an agent keeps for itself (${join(folder, 'projects')}), which is never captured.`,
  });
});
