import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as figures from '../src/figures.js';

const table = (name, cases) =>
  test(name, () => {
    for (const [value, text] of cases) {
      assert.equal(figures[name](value), text);
    }
  });

table('count', [[0, '0'], [12345, '12,345'], [null, '–']]);
table('bytes', [[0, '0 B'], [1023, '1,023 B'], [1024, '1 KiB'], [1310720, '1.25 MiB'], [1073741823, '1,024 MiB'], [null, '–']]);
table('perSecond', [[0, '0/s'], [3.444, '3.44/s'], [99.96, '100/s'], [1250.4, '1,250/s']]);
table('percent', [[0, '0 %'], [0.0123, '1.23 %'], [0.426, '43 %'], [1, '100 %']]);
table('duration', [
  [0, '0 s'], [250, '250 µs'], [12500, '12.5 ms'], [1500000, '1.5 s'], [59999999, '59 s'],
  [245000000, '4 min 05 s'], [7800e6, '2 h 10 min'], [90000e6 * 2, '2 d 2 h'],
]);
table('moment', [[1735689605250000, '2025-01-01 00:00:05.250'], [undefined, '–']]);
table('shardNumber', [['shardId-000000000000', '0'], ['shardId-000000000130', '130'], ['other', 'other']]);

test('plural', () => {
  assert.equal(figures.plural(1, 'record'), '1 record');
  assert.equal(figures.plural(2000, 'record'), '2,000 records');
});

test('a share stays between nothing and all', () => {
  assert.equal(figures.share(5, 0), 0);
  assert.equal(figures.share(15, 10), 1);
  assert.equal(figures.share(-1, 10), 0);
});
