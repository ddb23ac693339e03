import assert from 'node:assert/strict';
import {test} from 'node:test';
import {chartOf} from '../src/result_chart.js';

const columns = (...types) => types.map((type, at) => ({name: `c${at}`, type}));

test('a name and a number are bars', () => {
  const chart = chartOf(columns('integer', 'bigint'), [['1', '10'], ['2', null], [null, '5']]);
  assert.equal(chart.bars, true);
  assert.deepEqual(chart.labels, ['1', '2', 'null']);
  assert.deepEqual(chart.lines, [{label: 'c1', values: [10, null, 5]}]);
});

test('a time and numbers are lines, in the order of time', () => {
  const chart = chartOf(columns('timestamp(3)', 'double', 'varchar', 'bigint'), [
    ['2025-01-01 00:00:02.000', '2', 'x', '20'],
    ['2025-01-01 00:00:01.000', '1', 'y', '10'],
    ['not a time', '9', 'z', '90'],
  ]);
  assert.equal(chart.time, true);
  assert.deepEqual(chart.x, [1735689601, 1735689602]);
  assert.deepEqual(chart.lines.map((line) => line.values), [[1, 2], [10, 20]]);
});

test('what makes no picture has none', () => {
  assert.equal(chartOf(columns('varchar', 'bigint'), [['a', '1']]), null);
  assert.equal(chartOf(columns('bigint'), [['1'], ['2']]), null);
  assert.equal(chartOf(columns('varchar', 'varchar'), [['a', 'b'], ['c', 'd']]), null);
  const many = Array.from({length: 61}, (_, at) => [`${at}`, '1']);
  assert.equal(chartOf(columns('varchar', 'bigint'), many), null);
});
