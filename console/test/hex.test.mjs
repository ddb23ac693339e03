import assert from 'node:assert/strict';
import {test} from 'node:test';
import {bytesOfBase64, hexDump} from '../src/hex.js';

test('bytes come as offset, hex and letters', () => {
  assert.equal(hexDump(bytesOfBase64(Buffer.from('millrace \u00e9\n01234567').toString('base64'))),
    '00000000  6d 69 6c 6c 72 61 63 65 20 c3 a9 0a 30 31 32 33  millrace ...0123\n' +
    '00000010  34 35 36 37                                      4567');
  assert.equal(hexDump(new Uint8Array(0)), '');
});
