// resource.js - something that is asked of the API and shown when it is there: its value, or what
// went wrong, where it belongs on the page.

import {html, nothing} from 'lit-html';

/** @template T */
export class Resource {
  /** @param {() => void} changed @param {(signal: AbortSignal) => Promise<T>} load */
  constructor(changed, load) {
    this.changed = changed;
    this.load = load;
    /** @type {T|undefined} the last that came, also while another is on its way */
    this.value = undefined;
    this.error = null;
    this.loading = false;
    this.turn = null;
  }

  /** Asks anew; an answer that is overtaken by a later question is dropped. */
  async reload() {
    this.turn?.abort();
    const turn = new AbortController();
    this.turn = turn;
    this.loading = true;
    this.changed();
    try {
      this.value = await this.load(turn.signal);
      this.error = null;
    } catch (error) {
      if (error.name === 'AbortError') {
        return this;
      }
      this.error = error;
    }
    if (this.turn === turn) {
      this.loading = false;
      this.changed();
    }
    return this;
  }

  close() {
    this.turn?.abort();
  }
}

/** @param {Error|null} error */
export function problem(error) {
  return error === null || error === undefined
    ? nothing
    : html`<p class="problem" role="alert"><span aria-hidden="true">!</span> ${error.message}</p>`;
}

/** The value by a template; otherwise its error, or that it is on its way. */
export function show(resource, template) {
  return html`${problem(resource.error)}${resource.value !== undefined
    ? template(resource.value)
    : resource.error === null
      ? html`<p class="quiet">Loading…</p>`
      : nothing}`;
}
