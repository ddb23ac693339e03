// key_space.js - hash keys of 128 bits on a line from 0 to 1, and shards as families. Pure.

const END = 2n ** 128n;
const STEPS = 2 ** 52; // what a number holds exactly

/** @param {string} key decimal @returns {number} 0 to 1 */
export function placeOf(key) {
  return Number((BigInt(key) * BigInt(STEPS)) / END) / STEPS;
}

/** @param {{hash_start: string, hash_end: string}} shard @returns {[number, number]} */
export function rangeOf(shard) {
  const after = BigInt(shard.hash_end) + 1n;
  return [placeOf(shard.hash_start), after >= END ? 1 : placeOf(String(after))];
}

/**
 * Shards below those they came from. A child of a merge stands below its first parent; below the
 * second it stands again with `seen`, without its own children.
 * @param {{id: string, parents: string[]}[]} shards
 */
export function lineage(shards) {
  const known = new Set(shards.map((shard) => shard.id));
  const shown = new Set();
  const branch = (shard) => {
    const seen = shown.has(shard.id);
    shown.add(shard.id);
    const children = seen ? [] : shards.filter((child) => child.parents.includes(shard.id));
    return {shard, seen, children: children.map(branch)};
  };
  const roots = shards.filter((shard) => !shard.parents.some((parent) => known.has(parent)));
  return roots.map(branch);
}
