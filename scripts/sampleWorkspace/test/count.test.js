import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countWords } from '../src/count.js';

test('counts words', () => {
  assert.equal(countWords('one two three'), 3);
});
