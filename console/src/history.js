// history.js - what the states of the last moments say together: rates, and the heat of shards over
// time. A bounded memory; pure but for what it keeps.

const WINDOW = 20; // states: two seconds at the ten a second that the server sends at most
const POINTS_MAX = 600; // of a shard's line
const LINES_MAX = 256; // shards

/** A counter that is asked of a state that does not have its thing. */
const ABSENT = undefined;

export class History {
  constructor() {
    /** @type {{state: any, at_ms: number}[]} */
    this.window = [];
    /** @type {Map<string, {time_s: number, records: number, bytes: number, percent: number, throttled: number}[]>} */
    this.lines = new Map();
  }

  /** @param {any} state @param {number} at_ms of this machine, monotonic */
  push(state, at_ms) {
    const last = this.window.at(-1);
    if (last !== undefined && last.state.time.now_us > state.time.now_us) {
      this.window = []; // the clock was set back: rates begin anew
      this.lines.clear();
    }
    this.window.push({state, at_ms});
    if (this.window.length > WINDOW) {
      this.window.shift();
    }
    this.#pushShards(state);
  }

  /**
   * How fast a counter rises, a second.
   * @param {(state: any) => number|undefined} counter
   * @param {'world'|'here'} seconds of the world's time, or of the reader's
   */
  rate(counter, seconds = 'world') {
    const first = this.window.find((each) => counter(each.state) !== ABSENT);
    const last = this.window.at(-1);
    if (first === undefined || first === last) {
      return 0;
    }
    const now = counter(last.state);
    const passed =
      seconds === 'world'
        ? (last.state.time.now_us - first.state.time.now_us) / 1e6
        : (last.at_ms - first.at_ms) / 1000;
    return now === ABSENT || passed <= 0 ? 0 : Math.max(0, (now - counter(first.state)) / passed);
  }

  /** The points of a shard, oldest first. */
  line(stream, shard) {
    return this.lines.get(`${stream}/${shard}`) ?? [];
  }

  #pushShards(state) {
    const time_s = state.time.now_us / 1e6;
    for (const stream of state.streams) {
      for (const shard of stream.shards) {
        const name = `${stream.name}/${shard.id}`;
        let line = this.lines.get(name);
        if (line === undefined) {
          if (!shard.open || this.lines.size >= LINES_MAX) {
            continue;
          }
          line = [];
          this.lines.set(name, line);
        }
        const last = line.at(-1);
        if (last !== undefined && Math.floor(last.time_s) === Math.floor(time_s)) {
          continue; // the last whole second is still the same
        }
        const {records, bytes, percent} = shard.second;
        line.push({time_s, records, bytes, percent, throttled: shard.throttled});
        if (line.length > POINTS_MAX) {
          line.shift();
        }
      }
    }
  }
}
