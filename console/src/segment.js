// segment.js - names as segments of a path, and back. A name that is "", "." or "..", or begins with
// "~", has a "~" in front: browsers take the others for steps. The server reads the same
// (src/web/segment.h).

const needsMark = (name) => name === '' || name === '.' || name === '..' || name.startsWith('~');

/** @param {string} name @returns {string} percent-encoded */
export function segmentOf(name) {
  return (needsMark(name) ? '~' : '') + encodeURIComponent(name);
}

/** @param {string} segment @returns {string} the name; the segment where it is not well encoded */
export function nameOf(segment) {
  let name = segment;
  try {
    name = decodeURIComponent(segment);
  } catch {
    // it stands for itself
  }
  return name.startsWith('~') && needsMark(name.slice(1)) ? name.slice(1) : name;
}
