import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOfWorkspace } from '../../src/vscode/scope.ts';

test('a session belongs to a workspace when one of them lies within the other', () => {
  assert.equal(isOfWorkspace({ cwd: '/a/b' }, ['/a/b']), true);
  assert.equal(isOfWorkspace({ cwd: '/a/b/c' }, ['/x', '/a/b']), true);
  assert.equal(isOfWorkspace({ cwd: '/a' }, ['/a/b']), true);
  assert.equal(isOfWorkspace({ cwd: '/a/bc' }, ['/a/b']), false);
  assert.equal(isOfWorkspace({ cwd: '/a/..b' }, ['/a']), true);
  assert.equal(isOfWorkspace({ cwd: '/a' }, []), false);
});
