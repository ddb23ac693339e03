import assert from 'node:assert/strict';
import {test} from 'node:test';
import {path} from '../src/api.js';
import {addressOf, addressOfNode, linkOfEvent, parseAddress} from '../src/address.js';

test('an address leads to the view that made it', () => {
  const href = addressOf('objects', ['data', 'a b', 'ä'], {key: 'x/y?z.gz', after: null});
  assert.equal(href, '/_millrace/console/objects/data/a%20b/%C3%A4?key=x%2Fy%3Fz.gz');
  const address = parseAddress(href);
  assert.equal(address.view, 'objects');
  assert.deepEqual(address.path, ['data', 'a b', 'ä']);
  assert.equal(address.query.get('key'), 'x/y?z.gz');
});

test('the bare console is the pipeline, and an unknown view is missing', () => {
  assert.equal(parseAddress('/_millrace/console').view, 'pipeline');
  assert.equal(parseAddress('/_millrace/console/').view, 'pipeline');
  assert.equal(parseAddress('/_millrace/console/nothing').view, 'missing');
});

test('a path that is not well encoded is taken as it is', () => {
  assert.deepEqual(parseAddress('/_millrace/console/shards/100%').path, ['100%']);
});

test('a name that a browser takes for a step is spelled otherwise', () => {
  for (const [name, segment] of [['..', '~..'], ['.', '~.'], ['~a', '~~a'], ['', '~'], ['...', '...'], ['a~', 'a~']]) {
    const href = addressOf('shards', [name]);
    assert.equal(href, `/_millrace/console/shards/${segment}`);
    assert.deepEqual(parseAddress(href).path, [name]);
  }
  assert.deepEqual(parseAddress('/_millrace/console/shards/~a').path, ['~a']);
  assert.equal(path`streams/${'..'}/records`, 'streams/~../records');
  assert.equal(path`faults/${7}`, 'faults/7');
});

test('each kind of node has a view', () => {
  assert.equal(addressOfNode({kind: 'stream', name: 's'}), '/_millrace/console/shards/s');
  assert.equal(addressOfNode({kind: 'table', name: 'db.t'}), '/_millrace/console/catalog/db/t');
  assert.equal(addressOfNode({kind: 'producer', name: 'f.csv'}), '/_millrace/console/pipeline#inputs');
});

test('an event links to what it is about, the most exact first', () => {
  const cases = [
    [{event: 'object.written', bucket: 'b', key: 'k/1', delivery: 'd'}, '/_millrace/console/objects/b?key=k%2F1'],
    [{event: 'query.run', id: 713, number: 4}, '/_millrace/console/query?id=4'],
    [{event: 'function.invoked', function: 'f', delivery: 'd'}, '/_millrace/console/transform/f'],
    [{event: 'buffer.flushed', delivery: 'd', sink: 'main'}, '/_millrace/console/delivery/d'],
    [{event: 'shard.put', stream: 's', shard: 'shardId-000000000000'}, '/_millrace/console/records/s/shardId-000000000000'],
    [{event: 'fault', id: 'lambda-error'}, '/_millrace/console/faults'],
  ];
  for (const [event, href] of cases) {
    assert.equal(linkOfEvent(event).href, href);
  }
  assert.equal(linkOfEvent({event: 'run.started'}), null);
});
