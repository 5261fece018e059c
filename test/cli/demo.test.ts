import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, test } from 'node:test';
import { Shell } from './shell.ts';

const shell = new Shell();
after(() => shell.dispose());

test('demo tells people what it does, and leaves nothing behind', async () => {
  const { code, stdout } = await shell.run('demo');
  assert.equal(code, 0);
  assert.deepEqual(stdout.split('\n').filter((line) => line.startsWith('== ')).map((line) => line.replace(/ \(.*| in \/.*/, '')), [
    '== The demo agent runs in a terminal of its own',
    '== It has answered twice. The conversation, with a seam at every place that one can go back to:',
    '== Rewind to s16, in the middle of that answer',
    '== The agent goes on from there, and knows nothing of what was cut off:',
    '== Nothing is lost: there are 2 branches. Back to main:',
    '== The session is stopped. In VS Code the same is done by a click between two steps of the panel.',
  ]);
});

test('demo --json prints a line for each step, and a summary', async () => {
  const { code, stdout } = await shell.run('demo', '--json');
  assert.equal(code, 0);
  const lines = stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(lines.map(({ step }) => step), ['started', 'answered', 'rewind', 'rewound', 'going_on', 'switch', 'switched', 'stopped', undefined]);
  assert.deepEqual(lines.filter(({ file }) => file !== undefined).map(({ step, file }) => [step, file]), [
    ['answered', '1. Sew the first seam\n2. Sew the second one\n'],
    ['rewound', '1. Sew the first seam\n'],
    ['switched', '1. Sew the first seam\n2. Sew the second one\n'],
  ]);
  const { uid: _uid, rewind_ms: _rewound, switch_ms: _switched, ...summary } = (lines.at(-1) ?? {})['summary'] as Record<string, unknown>;
  assert.deepEqual(summary, { ok: true, id: 'demo', seam: 's16', fidelity: 'exact', branches: 2, restored: true, kept: null });
  assert.equal(existsSync(lines[0]?.['folder'] as string), false);
});
