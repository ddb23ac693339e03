// hex.js - bytes as people look at them: offset, hex, and the letters among them. Pure.

const WIDTH = 16;

/** @param {string} text base64 @returns {Uint8Array} */
export function bytesOfBase64(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** @param {Uint8Array} bytes @returns {string} a line for every 16 */
export function hexDump(bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += WIDTH) {
    const row = bytes.subarray(at, at + WIDTH);
    const hex = Array.from(row, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const letters = Array.from(row, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(WIDTH * 3 - 1)}  ${letters}`);
  }
  return lines.join('\n');
}
