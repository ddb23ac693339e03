// figures.js - numbers, sizes and times as people read them. Pure; always the same, whatever the
// reader's language, so that a page can be compared with a log.

const whole = new Intl.NumberFormat('en-US', {maximumFractionDigits: 0});
const fine = new Intl.NumberFormat('en-US', {maximumSignificantDigits: 3});

/** @param {number|null|undefined} n "12,345" */
export function count(n) {
  return n === null || n === undefined ? '–' : whole.format(n);
}

/** @param {number} n one word with its plural: "1 record", "2 records" */
export function plural(n, noun) {
  return `${count(n)} ${noun}${n === 1 ? '' : 's'}`;
}

/** @param {number|null|undefined} n bytes: "512 B", "1.25 MiB" */
export function bytes(n) {
  if (n === null || n === undefined) {
    return '–';
  }
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let place = 0;
  let value = n;
  while (value >= 1024 && place < units.length - 1) {
    value /= 1024;
    place++;
  }
  return `${place === 0 || value >= 1000 ? whole.format(value) : fine.format(value)} ${units[place]}`;
}

/** @param {number} n of a second: "0/s", "3.4/s", "1,250/s" */
export function perSecond(n) {
  return `${n >= 100 ? whole.format(n) : fine.format(n)}/s`;
}

/** @param {number} n of bytes, a second */
export function bytesPerSecond(n) {
  return `${bytes(n)}/s`;
}

/** @param {number} share 0 to 1: "42 %" */
export function percent(share) {
  const value = share * 100;
  return `${value > 0 && value < 10 ? fine.format(value) : whole.format(value)} %`;
}

/** @param {number|null|undefined} us microseconds: "0 s", "12.5 ms", "4 min 05 s", "2 h 10 min" */
export function duration(us) {
  if (us === null || us === undefined) {
    return '–';
  }
  const seconds = us / 1e6;
  if (us === 0) {
    return '0 s';
  }
  if (seconds < 1) {
    return us < 1000 ? `${fine.format(us)} µs` : `${fine.format(us / 1000)} ms`;
  }
  if (seconds < 60) {
    return `${seconds < 10 ? fine.format(seconds) : whole.format(Math.floor(seconds))} s`;
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return `${minutes} min ${String(Math.floor(seconds % 60)).padStart(2, '0')} s`;
  }
  const hours = Math.floor(minutes / 60);
  return hours < 48
    ? `${hours} h ${String(minutes % 60).padStart(2, '0')} min`
    : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** @param {number|null|undefined} us since the epoch: "2025-01-01 00:00:05.250" in UTC */
export function moment(us) {
  if (us === null || us === undefined) {
    return '–';
  }
  return new Date(us / 1000).toISOString().replace('T', ' ').replace('Z', '');
}

/** The part of a moment that moves: "00:00:05.250". */
export function timeOfDay(us) {
  return us === null || us === undefined ? '–' : moment(us).slice(11);
}

/** @param {number} value @param {number} most a share from 0 to 1, also where most is 0 */
export function share(value, most) {
  return most > 0 ? Math.min(1, Math.max(0, value / most)) : 0;
}

/** A shard's id without what all of them have: "shardId-000000000003" is "3". */
export function shardNumber(id) {
  return id.replace(/^shardId-0*(?=\d)/, '');
}
