// events.js - everything that happens, as it happens: filtered, followed, each event with a link to
// what it is about.

import {html, nothing} from 'lit-html';
import {addressOf, linkOfEvent} from '../address.js';
import {count, duration} from '../figures.js';
import {Resource, problem} from '../resource.js';

const SHOWN_MAX = 200;
const TYPES = [
  'run.started', 'stream.created', 'shard.created', 'shard.closed', 'segment.recycled', 'shard.put', 'shard.throttled',
  'shard.read', 'input.started', 'input.ended', 'row.rejected', 'buffer.opened', 'buffer.flushed', 'function.invoked',
  'function.answered', 'function.log', 'mapping.state', 'mapping.sent', 'mapping.answered', 'mapping.gave-up',
  'object.written', 'put.retried', 'records.expired', 'partition.added', 'query.run', 'fault', 'warning', 'recovered', 'run.ended',
];
const RATES = new Set(['shard.put', 'shard.read']);

export function open(app, address) {
  const view = new Events(app);
  view.moved(address);
  return view;
}

/** The members of an event beside its time and type: "records 12, reason interval". */
export function membersOf(event) {
  const {time, event: type, id, ...members} = event;
  return Object.entries(members).map(([name, value]) => (name === 'duration_us' ? `took ${duration(value)}` : `${name} ${value}`)).join(', ');
}

class Events {
  constructor(app) {
    this.app = app;
    this.title = 'Events';
    this.follow = true;
    this.process = app.live.process;
    this.past = new Resource(() => app.draw(), (signal) => this.#load(signal));
  }

  moved(address) {
    this.type = address.query.get('type') ?? '';
    this.contains = address.query.get('contains') ?? '';
    this.rates = address.query.get('rates') !== 'false';
    this.past.value = undefined;
    this.past.reload();
  }

  close() {
    this.past.close();
  }

  /** What happened before the page came: the live connection begins with what happens after. */
  #load(signal) {
    const first = this.app.live.events[0]?.id;
    return this.app.ask('events', {query: {before: first, type: this.type, contains: this.contains, limit: SHOWN_MAX}, signal});
  }

  #matches(event) {
    return (this.type === '' || event.event === this.type) && (this.rates || !RATES.has(event.event)) &&
      (this.contains === '' || JSON.stringify(event).includes(this.contains));
  }

  #shown() {
    const past = this.past.value?.events ?? [];
    const live = this.app.live.events;
    const last = past.at(-1)?.id ?? -1;
    return [...past, ...live.filter((event) => event.id > last)].filter((event) => this.#matches(event)).slice(-SHOWN_MAX).reverse();
  }

  #filter(event) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    this.app.go(addressOf('events', [], {type: form.get('type'), contains: form.get('text'), rates: form.has('rates') ? null : 'false'}), {replace: true});
  }

  /** After a restart of the server its events are others, and what was loaded is void. */
  #beginAnew() {
    const {process} = this.app.live;
    if (this.process !== null && process !== this.process) {
      this.past.value = undefined;
      this.past.reload();
    }
    this.process = process;
  }

  render() {
    this.#beginAnew();
    if (this.follow) {
      this.events = this.#shown();
    }
    return html`<form class="row" role="search" aria-label="Filter" @submit=${(event) => this.#filter(event)} @change=${(event) => this.#filter(event)}>
        <label>Type <select name="type"><option value="">all</option>${TYPES.map((type) => html`<option ?selected=${type === this.type}>${type}</option>`)}</select></label>
        <label>With <input name="text" .defaultValue=${this.contains} placeholder="text"></label>
        <label><input type="checkbox" name="rates" .checked=${this.rates}>Puts and reads of each second</label>
        <button>Filter</button>
        <button type="button" aria-pressed=${this.follow} @click=${() => { this.follow = !this.follow; this.app.draw(); }}>${this.follow ? 'Hold' : 'Follow'}</button></form>
      <p class="quiet">${this.follow ? 'Follows, newest first.' : 'Held; events go on beneath.'}
        ${this.app.live.skipped > 0 ? html` ${count(this.app.live.skipped)} were too many for the connection and are only in the log.` : nothing}</p>
      ${problem(this.past.error)}
      ${this.events.length === 0 ? html`<p class="empty">No such event has happened.</p>` : html`<div class="scroll" tabindex="0" role="group" aria-label="Events"><table>
        <caption class="hidden">Events, newest first</caption><thead><tr><th scope="col">Time, UTC</th><th scope="col">Event</th><th scope="col">Details</th><th scope="col">Look</th></tr></thead>
        <tbody>${this.events.map((event) => this.#row(event))}</tbody></table></div>`}`;
  }

  #row(event) {
    const link = linkOfEvent(event);
    const amiss = event.event === 'warning' || event.event === 'fault' || event.event === 'shard.throttled' || event.event === 'row.rejected';
    const [date, time] = String(event.time).replace(/(\.\d{3})\d*Z$/, '$1').split('T');
    return html`<tr><td class="mono moment"><span class="date">${date} </span>${time}</td><td class=${amiss ? 'bad' : ''}>${amiss ? '! ' : ''}${event.event}</td>
      <td class="wrap">${membersOf(event)}</td><td>${link === null ? nothing : html`<a href=${link.href}>${link.text}</a>`}</td></tr>`;
  }
}
