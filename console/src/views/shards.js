// shards.js - the shards of a stream: how hot each is, which hash keys it takes, whose child it is;
// split, merge, reshard; and which shard a key goes to.

import {html, svg, nothing} from 'lit-html';
import {addressOf} from '../address.js';
import {path} from '../api.js';
import '../chart.js';
import {bytesPerSecond, count, moment, percent, perSecond, plural, share, shardNumber} from '../figures.js';
import {gauge} from '../gauge.js';
import {lineage, rangeOf} from '../key_space.js';
import {problem, Resource} from '../resource.js';

const LINES_MAX = 6; // of the chart: the hottest
const KINDS = {
  records: {title: 'Records a second', unit: perSecond},
  bytes: {title: 'Bytes a second', unit: bytesPerSecond},
  percent: {title: 'Percent of the limit', unit: (n) => `${count(n)} %`},
  throttled: {title: 'Refused in all', unit: count},
};

export function open(app, address) {
  const view = new Shards(app);
  view.moved(address);
  return view;
}

class Shards {
  constructor(app) {
    this.app = app;
    this.title = 'Shards';
    this.name = null;
    this.kind = 'percent';
    this.key = null; // {key, hash, shard, share_before}: where the key that was asked for goes
    this.keyError = null;
    this.shape = '';
    this.stream = new Resource(() => app.draw(), (signal) => app.ask(path`streams/${this.name}`, {signal}));
  }

  moved(address) {
    this.name = address.path[0] ?? null;
    this.title = this.name === null ? 'Shards' : `Shards: ${this.name}`;
    this.stream.value = undefined;
    this.stream.error = null;
    this.key = null;
    this.shape = '';
  }

  close() {
    this.stream.close();
  }

  render() {
    const {state} = this.app.live;
    if (state === null) {
      return html`<p class="quiet">Waiting for the first state…</p>`;
    }
    if (this.name === null) {
      return this.#list(state.streams);
    }
    const live = this.app.live.find('streams', this.name);
    if (live === undefined) {
      return html`<p class="empty">No stream is called ${this.name}. <a href=${addressOf('shards')}>All streams</a></p>`;
    }
    const shape = `${live.status}/${live.mode}/${live.shards.map((each) => each.id + each.open).join()}`;
    if (shape !== this.shape) {
      this.shape = shape;
      queueMicrotask(() => this.stream.reload());
    }
    return html`
      ${this.#choice(state.streams)}
      ${this.#facts(live)}
      <section aria-labelledby="heat"><h2 id="heat">Heat</h2>${this.#heat(live)}${this.#chart(live)}</section>
      ${problem(this.stream.error)}
      ${this.stream.value === undefined ? nothing : this.#space(this.stream.value)}`;
  }

  #list(streams) {
    return streams.length === 0
      ? html`<p class="empty">There is no stream. One comes with a template, or from CreateStream.</p>`
      : html`<div class="scroll" tabindex="0" role="group" aria-label="Streams"><table><caption class="hidden">Streams</caption>
        <thead><tr><th scope="col">Stream</th><th scope="col">Status</th><th scope="col" class="number">Open shards</th>
          <th scope="col" class="number">Records put</th><th scope="col" class="number">Refused</th></tr></thead>
        <tbody>${streams.map((stream) => html`<tr><th scope="row"><a href=${addressOf('shards', [stream.name])}>${stream.name}</a></th>
          <td>${stream.status}</td><td class="number">${count(stream.open_shards)}</td><td class="number">${count(stream.records)}</td>
          <td class="number">${count(stream.throttled)}</td></tr>`)}</tbody></table></div>`;
  }

  #choice(streams) {
    return streams.length < 2 ? nothing : html`<p class="tabs">${streams.map((stream) => html`<a href=${addressOf('shards', [stream.name])}
      aria-current=${stream.name === this.name ? 'page' : nothing}>${stream.name}</a>`)}</p>`;
  }

  #facts(stream) {
    const {history} = this.app.live;
    const of = (member) => history.rate((state) => state.streams.find((each) => each.name === this.name)?.[member]);
    return html`<dl class="facts">
      <div><dt>Put</dt><dd>${perSecond(of('records'))} <span class="quiet">${bytesPerSecond(of('bytes'))}</span></dd></div>
      <div><dt>Read</dt><dd>${perSecond(of('read_records'))} <span class="quiet">${bytesPerSecond(of('read_bytes'))}</span></dd></div>
      <div><dt>Refused</dt><dd>${count(stream.throttled)}</dd></div>
      <div><dt>Mode</dt><dd>${stream.mode}</dd></div>
      <div><dt>Retention</dt><dd>${count(stream.retention_hours)} h</dd></div>
      <div><dt>Status</dt><dd>${stream.status}</dd></div></dl>`;
  }

  #heat(stream) {
    const open = stream.shards.filter((shard) => shard.open);
    return html`<div class="scroll" tabindex="0" role="group" aria-labelledby="heat"><table><caption class="hidden">Open shards in the last whole second</caption>
      <thead><tr><th scope="col">Shard</th><th scope="col" class="wide">Of the limit</th><th scope="col" class="number">Records</th>
        <th scope="col" class="number">Bytes</th><th scope="col" class="number">Put in all</th><th scope="col" class="number">Refused</th><th scope="col">Look</th></tr></thead>
      <tbody>${open.map((shard) => html`<tr><th scope="row"><abbr title=${shard.id}>${shardNumber(shard.id)}</abbr></th>
        <td class="wide">${gauge(`Shard ${shardNumber(shard.id)}`, share(shard.second.percent, 100), percent(shard.second.percent / 100), {warn: 0.8})}</td>
        <td class="number">${perSecond(shard.second.records)}</td><td class="number">${bytesPerSecond(shard.second.bytes)}</td>
        <td class="number">${count(shard.records)}</td>
        <td class="number">${shard.throttled > 0 ? html`<strong class="bad">${count(shard.throttled)}</strong>` : '0'}</td>
        <td><a href=${addressOf('records', [this.name, shard.id])}>Records<span class="hidden"> of shard ${shardNumber(shard.id)}</span></a></td></tr>`)}</tbody></table></div>`;
  }

  #chart(stream) {
    const {history} = this.app.live;
    const heat = (shard) => shard.second.percent;
    const shown = stream.shards.filter((shard) => history.line(this.name, shard.id).length > 0)
      .sort((a, b) => heat(b) - heat(a) || a.id.localeCompare(b.id)).slice(0, LINES_MAX)
      .sort((a, b) => a.id.localeCompare(b.id));
    const lines = shown.map((shard) => ({shard, points: history.line(this.name, shard.id)}));
    const x = [...new Set(lines.flatMap(({points}) => points.map((point) => Math.floor(point.time_s))))].sort((a, b) => a - b);
    const at = new Map(x.map((second, place) => [second, place]));
    const data = {
      x, time: true, unit: KINDS[this.kind].unit,
      lines: lines.map(({shard, points}) => {
        const values = Array(x.length).fill(null);
        points.forEach((point) => { values[at.get(Math.floor(point.time_s))] = point[this.kind]; });
        return {label: `shard ${shardNumber(shard.id)}`, values};
      }),
    };
    return html`<fieldset class="segments"><legend class="hidden">What the chart shows</legend>
        ${Object.entries(KINDS).map(([kind, {title}]) => html`<label><input type="radio" name="kind" .checked=${kind === this.kind}
          @change=${() => { this.kind = kind; this.app.draw(); }}>${title}</label>`)}</fieldset>
      ${x.length < 2
        ? html`<p class="empty">The chart begins when two seconds of the world have passed.</p>`
        : html`<mr-chart role="img" aria-label="${KINDS[this.kind].title} of ${plural(lines.length, 'shard')} over time; the table above has the figures" .data=${data}></mr-chart>`}`;
  }

  /* ---- the key space ---- */

  #space(stream) {
    const open = stream.shards.filter((shard) => shard.open).sort((a, b) => rangeOf(a)[0] - rangeOf(b)[0]);
    return html`<section aria-labelledby="space"><h2 id="space">Hash keys</h2>
      <p class="quiet">A record goes to the shard whose range has the MD5 of its partition key: the line is the whole of 0 to 2<sup>128</sup> − 1.</p>
      ${this.#line(open)}
      <form class="row" @submit=${(event) => this.#find(event)}><label>Which shard does this key go to?
        <input name="key" required maxlength="256" placeholder="partition key"></label><button>Find</button></form>
      ${problem(this.keyError)}
      ${this.key === null ? nothing : html`<p role="status"><strong>${this.key.key}</strong> goes to shard <strong>${shardNumber(this.key.shard)}</strong>,
        at ${percent(this.key.share_before)} of the line. <span class="quiet wrap">Hash ${this.key.hash_hex ?? this.key.hash}</span></p>`}
      ${this.#change(stream, open)}</section>
      <section aria-labelledby="lineage"><h2 id="lineage">Splits and merges</h2>${this.#lineage(stream.shards)}</section>`;
  }

  #line(open) {
    const width = 1000;
    return html`<svg class="key-line" viewBox="0 0 ${width} 56" preserveAspectRatio="none" role="img"
        aria-label="${open.map((shard) => `Shard ${shardNumber(shard.id)} has ${percent(shard.share)} of the keys`).join('; ')}">
      ${open.map((shard, place) => {
        const [from, to] = rangeOf(shard);
        return svg`<rect class="range ${place % 2 === 0 ? 'even' : 'odd'} ${shard.id === this.key?.shard ? 'found' : ''}" x=${from * width} y="8" width=${Math.max(1, (to - from) * width - 1)} height="40"></rect>`;
      })}
      ${this.key === null ? nothing : svg`<rect class="pin" x=${this.key.share_before * width - 1} y="0" width="3" height="56"></rect>`}
    </svg>
    <ol class="ranges">${open.map((shard) => html`<li>Shard <strong>${shardNumber(shard.id)}</strong>, ${percent(shard.share)}
      <details><summary>Range</summary><code class="wrap">${shard.hash_start} to ${shard.hash_end}</code></details></li>`)}</ol>`;
  }

  async #find(event) {
    event.preventDefault();
    const key = new FormData(event.target).get('key');
    try {
      this.key = await this.app.ask(path`streams/${this.name}/shard-of`, {query: {key}});
      this.keyError = null;
    } catch (error) {
      this.key = null;
      this.keyError = error;
    }
    this.app.draw();
  }

  #change(stream, open) {
    const pairs = open.slice(1).map((shard, at) => [open[at].id, shard.id]);
    return html`<div class="row forms">
      <form class="row tight" @submit=${(event) => this.#send(event, 'split', (form) => ({shard: form.get('shard')}))}>
        <label>Shard <select name="shard">${open.map((shard) => html`<option value=${shard.id}>${shardNumber(shard.id)}</option>`)}</select></label><button>Split in the middle</button></form>
      ${pairs.length === 0 ? nothing : html`<form class="row tight" @submit=${(event) => this.#send(event, 'merge', (form) => ({shards: form.get('pair').split(' ')}))}>
        <label>Shards <select name="pair">${pairs.map(([a, b]) => html`<option value="${a} ${b}">${shardNumber(a)} and ${shardNumber(b)}</option>`)}</select></label>
        <button>Merge</button></form>`}
      <form class="row tight" @submit=${(event) => this.#send(event, 'reshard', (form) => ({to: Number(form.get('to'))}))}>
        <label>To <input type="number" name="to" min="1" max="10000" required .defaultValue=${String(open.length * 2)}></label><button>Reshard</button></form>
    </div>`;
  }

  async #send(event, action, bodyOf) {
    event.preventDefault();
    const body = bodyOf(new FormData(event.target));
    const done = (stream) => `${this.name} is ${stream.status}: ${plural(stream.shards.filter((each) => each.open).length, 'open shard')}.`;
    const stream = await this.app.act(() => this.app.ask(path`streams/${this.name}/${action}`, {body}), done);
    if (stream !== undefined) {
      this.stream.value = stream;
    }
  }

  #lineage(shards) {
    const branch = ({shard, children, seen}) => html`<li><span class="shard ${shard.open ? 'open' : 'closed'}">
        <a href=${addressOf('records', [this.name, shard.id])}>${shardNumber(shard.id)}</a>
        ${shard.open ? 'open' : 'closed'}, ${percent(shard.share)}${shard.parents.length > 1 ? `, merged of ${shard.parents.map(shardNumber).join(' and ')}` : ''}
        <span class="quiet">since ${moment(shard.created_us).slice(0, 19)}</span></span>
      ${seen || children.length === 0 ? nothing : html`<ul>${children.map(branch)}</ul>`}</li>`;
    return html`<ul class="tree">${lineage(shards).map(branch)}</ul>`;
  }
}
