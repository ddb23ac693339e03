import assert from 'node:assert/strict';
import {test} from 'node:test';
import {lineage, placeOf, rangeOf} from '../src/key_space.js';

const END = 2n ** 128n;

test('ranges meet on the line, and the last one ends it', () => {
  const half = END / 2n;
  assert.deepEqual(rangeOf({hash_start: '0', hash_end: String(half - 1n)}), [0, 0.5]);
  assert.deepEqual(rangeOf({hash_start: String(half), hash_end: String(END - 1n)}), [0.5, 1]);
  assert.equal(placeOf(String(END / 4n)), 0.25);
});

test('children stand below their parents, a merged one once with its own', () => {
  const shard = (id, ...parents) => ({id, parents});
  const tree = lineage([shard('0'), shard('1'), shard('2', '0', '1'), shard('3', '2'), shard('9', 'forgotten')]);
  const text = (branch) => `${branch.shard.id}${branch.seen ? '*' : ''}(${branch.children.map(text).join(' ')})`;
  assert.deepEqual(tree.map(text), ['0(2(3()))', '1(2*())', '9()']);
});
