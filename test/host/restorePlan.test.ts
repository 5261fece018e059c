import assert from 'node:assert/strict';
import { test } from 'node:test';
import { untouchedBy } from '../../src/host/restorePlan.ts';

test('what is named already, as a directory or without its slash, is not told as left alone too', () => {
  const told = (path: string) => ({ path, because: 'not-covered' as const, why: 'why' });
  const plan = { write: [], remove: [], conflicts: [], untouched: [told('x/'), told('y'), told('z/')] };
  assert.deepEqual(untouchedBy(plan, [told('x'), told('xx/')], ['x', 'y/']), { untouched: [told('z/'), told('xx/')] });
  assert.deepEqual(untouchedBy(plan, [], ['x', 'y', 'z/']), {});
});
