// live.js - the one connection that keeps the page current: states and events as the server sends
// them, at most ten times a second. The browser connects again by itself after a lost connection,
// and says which event it saw last; an answer that is an error closes for good, so we open anew.

import {History} from './history.js';

const EVENTS_MAX = 2000;
const AGAIN_MS = 2000;

export class Live {
  /** @param {() => void} changed called after every frame */
  constructor(changed) {
    this.changed = changed;
    this.state = null; // the latest State; null: none yet
    this.history = new History();
    /** @type {any[]} oldest first */
    this.events = [];
    this.skipped = 0;
    /** @type {'connecting'|'open'|'lost'} */
    this.connection = 'connecting';
    /** @type {string|null} which start of the server speaks; events are numbered anew in each */
    this.process = null;
    this.isTooLarge = false; // the world has more than one State can hold: it stands still here
  }

  open() {
    const source = new EventSource('/_millrace/api/live');
    this.source = source;
    source.addEventListener('open', () => this.#connection('open'));
    source.addEventListener('hello', (frame) => {
      const {process} = JSON.parse(frame.data);
      if (this.process !== process) {
        this.events = [];
        this.history = new History();
      }
      this.process = process;
      this.changed();
    });
    source.addEventListener('state', (frame) => {
      this.state = JSON.parse(frame.data);
      this.isTooLarge = false;
      this.history.push(this.state, performance.now());
      this.changed();
    });
    source.addEventListener('events', (frame) => {
      const {events, skipped} = JSON.parse(frame.data);
      this.skipped += skipped ?? 0;
      this.events.push(...events);
      this.events.splice(0, Math.max(0, this.events.length - EVENTS_MAX));
      this.changed();
    });
    source.addEventListener('too-large', () => {
      this.isTooLarge = true;
      this.changed();
    });
    source.addEventListener('reset', () => {
      this.events = [];
      this.changed();
    });
    source.addEventListener('error', () => {
      this.#connection('lost');
      if (source.readyState === EventSource.CLOSED) {
        setTimeout(() => this.open(), AGAIN_MS);
      }
    });
  }

  /** The stream, delivery, function... of this name in the latest state. */
  find(kind, name) {
    return this.state?.[kind]?.find((each) => each.name === name);
  }

  #connection(now) {
    this.connection = now;
    this.changed();
  }
}
