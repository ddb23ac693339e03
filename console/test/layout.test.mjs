import assert from 'node:assert/strict';
import {test} from 'node:test';
import {BOX, layOut} from '../src/layout.js';

const node = (id) => ({id, kind: 'stream', name: id});
const edge = (from, to) => ({from, to, kind: 'reads'});
const nodes = ['a', 'b', 'c', 'd', 'e'].map(node);
const edges = [edge('a', 'b'), edge('b', 'c'), edge('b', 'd'), edge('c', 'e'), edge('a', 'gone')];
const at = (plan, id) => plan.boxes.find((box) => box.node.id === id);

const overlap = (one, other) =>
  Math.abs(one.x - other.x) < BOX.width && Math.abs(one.y - other.y) < BOX.height;

for (const flow of ['right', 'down']) {
  test(`no two boxes overlap, and all are in the picture: ${flow}`, () => {
    const plan = layOut(nodes, edges, flow);
    assert.equal(plan.boxes.length, nodes.length);
    assert.equal(plan.edges.length, 4); // not the one to what is gone
    for (const one of plan.boxes) {
      assert.ok(one.x >= 0 && one.x + BOX.width <= plan.width);
      assert.ok(one.y >= 0 && one.y + BOX.height <= plan.height);
      assert.ok(plan.boxes.every((other) => other === one || !overlap(one, other)));
    }
  });

  test(`a ring of nodes comes to an end: ${flow}`, () => {
    const plan = layOut(nodes.slice(0, 2), [edge('a', 'b'), edge('b', 'a')], flow);
    assert.equal(plan.boxes.length, 2);
    assert.ok(plan.boxes.every((one) => plan.boxes.every((other) => other === one || !overlap(one, other))));
  });
}

test('what is led to stands to the right of what leads there', () => {
  const plan = layOut(nodes, edges, 'right');
  for (const {from, to} of plan.edges) {
    assert.ok(at(plan, from).x < at(plan, to).x);
  }
});

test('a column follows the order of what leads to it', () => {
  const plan = layOut(['p', 'q', 'r', 's'].map(node), [edge('p', 's'), edge('q', 'r')], 'right');
  assert.ok(at(plan, 's').y < at(plan, 'r').y); // as p stands above q
});

test('downwards, sources stand first and nothing points up', () => {
  const plan = layOut(['p', 'q', 's', 't'].map(node), [edge('p', 's'), edge('q', 's'), edge('s', 't')], 'down');
  assert.deepEqual(plan.boxes.map((box) => box.node.id), ['p', 'q', 's', 't']);
  const [first, second] = plan.edges;
  assert.ok(Math.abs(first.x - second.x) >= 60); // their figures stand side by side
});

test('nothing is an empty picture', () => {
  assert.deepEqual(layOut([], [], 'right').boxes, []);
});
