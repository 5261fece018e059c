import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folderWord } from '../../src/core/place.ts';
import { matterLine, matterOf } from '../../src/core/requestMatter.ts';
import { firstLine, titleOf } from '../../src/core/sessionTitle.ts';
import { isMadeUp } from '../../src/host/names.ts';

test('a folder is said where it is not the window’s, from the window’s folder or from the home', () => {
  const one = { folders: ['/ws'], home: '/home/me' };
  const words = (cwd: string, window = one): string => folderWord(cwd, window);
  assert.deepEqual(['/ws', '/ws/', '/ws/packages/app', '/wsx', '/home/me', '/home/me/api', '/home/meg', '/'].map((cwd) => words(cwd)), ['', '', 'packages/app', '/wsx', '~', '~/api', '/home/meg', '/']);
  const two = { folders: ['/ws', '/ws/inner'], home: '' };
  assert.deepEqual(['/ws', '/ws/inner/x', '/home/me'].map((cwd) => words(cwd, two)), ['ws', 'inner/x', '/home/me']);
  assert.deepEqual([words('/a', { folders: ['/'], home: '' }), words('C:\\w\\a', { folders: ['C:\\w'], home: '' }), words('/x', { folders: [], home: '/' })], ['a', 'a', '~/x']);
});

test('a session is called by its name, else by what it is for, else by its agent', () => {
  const facts = { id: 'calm-brook', named: false, title: 'Fix the import', agentName: 'Demo agent' };
  assert.equal(titleOf({ ...facts, named: true, id: 'docs' }), 'docs');
  assert.equal(titleOf(facts), 'Fix the import');
  assert.equal(titleOf({ ...facts, title: '' }), 'Demo agent');
  assert.equal(titleOf({ id: 'old', title: 'x', agentName: 'a' }), 'old', 'a host that does not tell is believed to have named it');
});

test('a title is one line, bounded, and does nothing to what shows it', () => {
  assert.equal(firstLine('\n  \u001b[31m \n  Fix\tthe   import \n more'), 'Fix the import');
  assert.equal(firstLine('a\u2028b'), 'a');
  const long = firstLine('🙂'.repeat(500));
  assert.deepEqual([[...long].length, long.endsWith('🙂…')], [120, true]);
  assert.equal(firstLine(''), '');
});

test('labels that were made up are known in logs that do not tell', () => {
  assert.deepEqual(['calm-brook', 'calm-brook (fork 2)', 'session-12', 'docs', 'calm', 'calm-brook-2', 'fix-1'].map(isMadeUp), [true, true, true, false, false, false, false]);
});

test('a request is taken apart, each thing once, whatever an agent sends', () => {
  const matter = (tool: string, title: string, input: unknown) => {
    const { command, description, path, edits, contents, others, title: rest } = matterOf({ tool, title, input });
    return [command, description, path, edits.length, contents, others.map(({ name }) => name).join(' '), rest];
  };
  assert.deepEqual(matter('Bash', 'Bash: ls', { command: 'ls\npwd', description: 'List', timeout: 1 }), ['ls\npwd', 'List', null, 0, null, 'timeout', '']);
  assert.deepEqual(matter('Bash', 'Run it', { command: 'ls' }), ['ls', '', null, 0, null, '', 'Run it']);
  assert.deepEqual(matter('MultiEdit', 'MultiEdit: /a', { file_path: '/a', edits: [{ old_string: 'a', new_string: 'b' }, { old_string: 'c', new_string: '' }] }), [null, '', '/a', 2, null, '', '']);
  assert.deepEqual(matter('MultiEdit', 'MultiEdit', { file_path: '/a', edits: [{ old_string: 'a' }] }), [null, '', '/a', 0, null, 'edits', ''], 'what is not understood is shown as it came');
  assert.deepEqual(matter('Write', 'Write: /a', { file_path: '/a', content: '' }), [null, '', '/a', 0, '', '', '']);
  assert.deepEqual(matter('Task', 'Task: Check', { description: 'Check', prompt: 'Look' }), [null, '', null, 0, null, 'description prompt', '']);
  assert.deepEqual(matter('T', 'T', 'words'), [null, '', null, 0, null, 'input', '']);
  for (const input of [null, undefined, 3, [1], { __proto__: null, command: 3 }]) assert.equal(typeof matterOf({ tool: 'T', title: '', input }).title, 'string');
});

test('a request in one line', () => {
  assert.equal(matterLine({ tool: 'Bash', title: 'Bash: x', input: { command: 'ls\n  pwd' } }), 'Bash: ls pwd');
  assert.equal(matterLine({ tool: 'Look', title: 'Look around', input: {} }), 'Look: Look around');
  assert.equal(matterLine({ tool: 'Look', title: '', input: {} }), 'Look');
});
