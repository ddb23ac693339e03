// records.js - the records of a shard, one page at a time: decoded and raw, with all that the stream
// says of each; and a record put by hand.

import {html, nothing} from 'lit-html';
import {addressOf} from '../address.js';
import {path} from '../api.js';
import {bytes, count, moment, plural, shardNumber} from '../figures.js';
import {bytesOfBase64, hexDump} from '../hex.js';
import {problem, Resource, show} from '../resource.js';

const LIMIT = 25;
const FORMS = {decoded: 'Decoded', hex: 'Hex', base64: 'Base64'};

export function open(app, address) {
  const view = new Records(app);
  view.moved(address);
  return view;
}

class Records {
  constructor(app) {
    this.app = app;
    this.title = 'Records';
    this.form = 'decoded';
    this.page = new Resource(() => app.draw(), (signal) => this.#load(signal));
    this.putError = null;
  }

  moved(address) {
    [this.stream = null, this.shard = null] = address.path;
    this.from = address.query.get('from') ?? 'first';
    this.sequence = address.query.get('sequence');
    this.title = this.shard === null ? 'Records' : `Records: ${this.stream}, shard ${shardNumber(this.shard)}`;
    this.page.value = undefined;
    this.page.error = null;
    if (this.shard !== null) {
      this.page.reload();
    }
  }

  close() {
    this.page.close();
  }

  #load(signal) {
    const at = this.sequence === null ? {from: this.from} : {from: 'at', sequence: this.sequence};
    return this.app.ask(path`streams/${this.stream}/records`, {query: {shard: this.shard, ...at, limit: LIMIT, decode: true}, signal});
  }

  render() {
    const {state} = this.app.live;
    if (state === null) {
      return html`<p class="quiet">Waiting for the first state…</p>`;
    }
    return html`${this.#choose(state)}
      ${this.shard === null ? nothing : show(this.page, (page) => this.#page(page))}
      ${state.streams.some((each) => each.name === this.stream) ? this.#put() : nothing}`;
  }

  /** Streams and their shards, as links. */
  #choose(state) {
    if (state.streams.length === 0) {
      return html`<p class="empty">There is no stream, so there are no records.</p>`;
    }
    const shown = this.stream === null ? state.streams : state.streams.filter((each) => each.name === this.stream);
    if (shown.length === 0) {
      return html`<p class="empty">No stream is called ${this.stream}. <a href=${addressOf('records')}>All streams</a></p>`;
    }
    return shown.map((stream) => html`<nav class="tabs" aria-label="Shards of ${stream.name}">
      <strong>${this.stream === null ? stream.name : html`<a href=${addressOf('records')}>All streams</a>`}</strong>
      ${stream.shards.map((shard) => html`<a href=${addressOf('records', [stream.name, shard.id], {from: this.shard === null ? 'first' : this.from === 'last' ? 'last' : 'first'})}
        aria-current=${shard.id === this.shard ? 'page' : nothing}>shard ${shardNumber(shard.id)}${shard.open ? '' : ' (closed)'}${shard.records > 0 ? html` <span class="quiet">· ${plural(shard.records, 'record')}</span>` : nothing}</a>`)}</nav>`);
  }

  #at(from) {
    return addressOf('records', [this.stream, this.shard], {from});
  }

  #page(page) {
    const {records} = page;
    const first = records[0]?.number;
    const step = (from, text, possible) => (possible
      ? html`<a href=${this.#at(from)}>${text}</a>`
      : html`<span class="quiet" aria-disabled="true">${text}</span>`);
    const last = records.at(-1)?.number;
    return html`<div class="row spread"><nav class="tabs" aria-label="Position">
        ${step('first', 'First', first !== undefined && first > page.first)}
        ${step(Math.max(page.first ?? 0, (first ?? 0) - LIMIT), 'Previous', first !== undefined && first > page.first)}
        ${step(page.next ?? (last ?? 0) + 1, 'Next', last !== undefined && last < page.last)}
        ${step('last', 'Last', last !== undefined && last < page.last)}
        <button type="button" @click=${() => this.page.reload()}>Look again</button></nav>
      <fieldset class="segments"><legend class="hidden">Form of the data</legend>${Object.entries(FORMS).map(([form, text]) => html`
        <label><input type="radio" name="form" .checked=${form === this.form} @change=${() => { this.form = form; this.app.draw(); }}>${text}</label>`)}</fieldset></div>
      ${records.length === 0
        ? html`<p class="empty">No record is kept at this place of the shard.</p>`
        : html`<p class="quiet">Records ${count(first)} to ${count(last)}; the shard keeps ${count(page.first)} to ${count(page.last)}.</p>
          ${records.map((record) => this.#record(record))}`}`;
  }

  #record(record) {
    return html`<article class="panel" aria-label="Record ${record.number}">
      <dl class="facts">
        <div><dt>Record</dt><dd>${count(record.number)}</dd></div>
        <div><dt>Partition key</dt><dd>${record.partition_key}</dd></div>
        <div><dt>Arrival, UTC</dt><dd>${moment(record.arrival_us)}</dd></div>
        <div><dt>Size</dt><dd>${bytes(record.bytes)}</dd></div>
        <div><dt>Kind</dt><dd>${record.kind}</dd></div></dl>
      ${this.#data(record, this.form)}
      ${record.truncated ? html`<p class="quiet">Only the beginning is shown.</p>` : nothing}
      ${record.sub_records?.length > 0 ? html`<details><summary>${plural(record.sub_records.length, 'record')} aggregated in it</summary>
        ${record.sub_records.map((sub) => html`<h3>${sub.partition_key}</h3><pre tabindex="0">${sub.text ?? hexDump(bytesOfBase64(sub.data))}</pre>`)}</details>` : nothing}
      <details><summary>Sequence number and hash</summary><p class="mono wrap">${record.sequence}</p><p class="mono wrap quiet">hash ${record.hash}</p></details>
    </article>`;
  }

  #data(record, form) {
    if (form === 'base64') {
      return html`<pre class="wrap" tabindex="0">${record.data}</pre>`;
    }
    if (form === 'decoded' && record.json !== null && record.json !== undefined) {
      return html`<pre tabindex="0">${JSON.stringify(record.json, null, 2)}</pre>`;
    }
    if (form === 'decoded' && record.text !== null && record.text !== undefined) {
      return html`<pre class="wrap" tabindex="0">${record.text}</pre>`;
    }
    return html`<pre tabindex="0">${hexDump(bytesOfBase64(record.data))}</pre>`;
  }

  #put() {
    return html`<section aria-labelledby="put"><h2 id="put">Put a record on ${this.stream}</h2>
      <form @submit=${(event) => this.#send(event)}>
        <p class="row"><label>Partition key <input name="key" required maxlength="256"></label></p>
        <p><label for="put-data">Data <span class="quiet">text, or JSON, as it is</span></label>
          <textarea id="put-data" name="data" rows="4" required></textarea></p>
        ${problem(this.putError)}
        <button>Put</button></form></section>`;
  }

  async #send(event) {
    event.preventDefault();
    const form = new FormData(event.target);
    const record = {partition_key: form.get('key'), data: form.get('data')};
    try {
      const {records: [put]} = await this.app.ask(path`streams/${this.stream}/put`, {body: {records: [record]}});
      this.putError = put.error === undefined ? null : new Error(`${put.error}: ${put.message}`);
      if (this.putError === null) {
        this.app.say(`The record is on shard ${shardNumber(put.shard)}, sequence number ${put.sequence}.`);
        this.app.go(addressOf('records', [this.stream, put.shard], {from: 'last'}));
      }
    } catch (error) {
      this.putError = error;
    }
    this.app.draw();
  }
}
