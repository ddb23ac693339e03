import assert from 'node:assert/strict';
import {test} from 'node:test';
import {History} from '../src/history.js';

const shard = (records, percent) => ({id: 'shardId-000000000000', open: true, throttled: 3, second: {records, bytes: 10 * records, percent}});
const state = (second, records, shards = []) => ({time: {now_us: second * 1e6}, streams: [{name: 's', records, shards}]});
const records = (at) => at.streams[0]?.records;

test('a rate is of the world, or of the reader', () => {
  const history = new History();
  history.push(state(0, 0), 1000);
  history.push(state(60, 3000), 2000); // 60 times as fast
  assert.equal(history.rate(records), 50);
  assert.equal(history.rate(records, 'here'), 3000);
});

test('one state has no rate, nor has time that stands still', () => {
  const history = new History();
  history.push(state(5, 10), 0);
  assert.equal(history.rate(records), 0);
  history.push(state(5, 20), 100);
  assert.equal(history.rate(records), 0);
});

test('a rate begins when its thing is made, and ends when it is gone', () => {
  const history = new History();
  history.push({time: {now_us: 0}, streams: []}, 0);
  history.push(state(1, 100), 100);
  history.push(state(2, 150), 200);
  assert.equal(history.rate(records), 50);
  history.push({time: {now_us: 3e6}, streams: []}, 300);
  assert.equal(history.rate(records), 0);
});

test('a clock that is set back begins anew', () => {
  const history = new History();
  history.push(state(100, 1000, [shard(1, 1)]), 0);
  history.push(state(10, 1000, [shard(2, 2)]), 100);
  history.push(state(11, 1010, [shard(3, 3)]), 200);
  assert.equal(history.rate(records), 10);
  assert.deepEqual(history.line('s', 'shardId-000000000000').map((point) => point.time_s), [10, 11]);
});

test('a shard has one point for a second, and a bounded number of them', () => {
  const history = new History();
  for (let tenth = 0; tenth < 20; tenth++) {
    history.push(state(tenth / 10, tenth, [shard(tenth, tenth)]), tenth * 100);
  }
  assert.deepEqual(history.line('s', 'shardId-000000000000').map((point) => point.records), [0, 10]);
  for (let second = 2; second < 1000; second++) {
    history.push(state(second, second, [shard(1, 1)]), second * 1000);
  }
  assert.equal(history.line('s', 'shardId-000000000000').length, 600);
  assert.equal(history.window.length, 20);
});
