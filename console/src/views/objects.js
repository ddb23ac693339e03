// objects.js - buckets, prefixes, objects; what is in one, and its download.

import {html, nothing} from 'lit-html';
import {addressOf} from '../address.js';
import {download, path} from '../api.js';
import {bytes, count, moment} from '../figures.js';
import {Resource, show} from '../resource.js';

const AGAIN_MS = 1000;

export function open(app, address) {
  const view = new Objects(app);
  view.moved(address);
  return view;
}

class Objects {
  constructor(app) {
    this.app = app;
    const draw = () => app.draw();
    this.buckets = new Resource(draw, (signal) => app.ask('buckets', {signal}));
    this.list = new Resource(draw, (signal) => this.#load(signal));
    this.object = new Resource(draw, (signal) => this.#loadObject(signal));
    this.seen = null; // objects and bytes of the bucket when the list was last asked for
    this.askedAt = -Infinity;
  }

  moved(address) {
    const [bucket = null, ...rest] = address.path;
    this.bucket = bucket;
    this.prefix = rest.length === 0 ? '' : `${rest.join('/')}/`;
    this.after = address.query.get('after');
    this.key = address.query.get('key');
    this.title = bucket === null ? 'Objects' : `Objects: ${bucket}`;
    for (const resource of [this.list, this.object]) {
      resource.value = undefined;
      resource.error = null;
    }
    this.seen = null;
    this.askedAt = -Infinity;
    if (this.key !== null) {
      this.object.reload();
    } else if (bucket === null) {
      this.buckets.reload();
    } else {
      this.list.reload();
    }
  }

  close() {
    [this.buckets, this.list, this.object].forEach((resource) => resource.close());
  }

  #load(signal) {
    return this.app.ask(path`buckets/${this.bucket}/objects`, {query: {prefix: this.prefix, delimiter: '/', after: this.after, limit: 200}, signal});
  }

  async #loadObject(signal) {
    const query = {key: this.key};
    const [about, preview] = await Promise.all([
      this.app.ask(path`buckets/${this.bucket}/object`, {query, signal}),
      this.app.ask(path`buckets/${this.bucket}/preview`, {query: {...query, lines: 100}, signal}),
    ]);
    return {about, preview};
  }

  /** A list is asked for again when objects were written since, once a second at most. */
  #follow() {
    const {state} = this.app.live;
    const all = state?.buckets.filter((bucket) => this.bucket === null || bucket.name === this.bucket);
    const now = JSON.stringify(all?.map((bucket) => [bucket.name, bucket.objects, bucket.bytes]));
    if (state !== null && this.key === null && now !== this.seen && performance.now() - this.askedAt > AGAIN_MS) {
      const first = this.seen === null;
      this.seen = now;
      this.askedAt = performance.now();
      if (!first) {
        queueMicrotask(() => (this.bucket === null ? this.buckets : this.list).reload());
      }
    }
  }

  render() {
    this.#follow();
    if (this.bucket === null) {
      return show(this.buckets, ({buckets}) => this.#buckets(buckets));
    }
    return html`${this.#crumbs()}${this.key === null
      ? show(this.list, (list) => this.#objects(list))
      : show(this.object, ({about, preview}) => this.#object(about, preview))}`;
  }

  #buckets(buckets) {
    return buckets.length === 0
      ? html`<p class="empty">There is no bucket. One comes with a template, or with a delivery stream.</p>`
      : html`<div class="scroll" tabindex="0" role="group" aria-label="Buckets"><table><caption class="hidden">Buckets</caption>
        <thead><tr><th scope="col">Bucket</th><th scope="col" class="number">Objects</th><th scope="col" class="number">Size</th></tr></thead>
        <tbody>${buckets.map((bucket) => html`<tr><th scope="row"><a href=${addressOf('objects', [bucket.name])}>${bucket.name}</a></th>
          <td class="number">${count(bucket.objects)}</td><td class="number">${bytes(bucket.bytes)}</td></tr>`)}</tbody></table></div>`;
  }

  #crumbs() {
    const whole = this.key ?? this.prefix;
    const folders = whole.split('/').slice(0, -1);
    const last = this.key === null ? null : whole.slice(whole.lastIndexOf('/') + 1);
    return html`<nav class="tabs wrap" aria-label="Place"><a href=${addressOf('objects')}>Buckets</a> <span aria-hidden="true">/</span>
      <a href=${addressOf('objects', [this.bucket])}>${this.bucket}</a>
      ${folders.map((folder, at) => html`<span aria-hidden="true">/</span> <a href=${addressOf('objects', [this.bucket, ...folders.slice(0, at + 1)])}>${folder}</a>`)}
      ${last === null ? nothing : html`<span aria-hidden="true">/</span> <span>${last}</span>`}</nav>`;
  }

  #objects({prefixes, objects, next}) {
    const name = (key) => key.slice(this.prefix.length);
    if (prefixes.length + objects.length === 0) {
      return html`<p class="empty">Nothing is here yet.${this.prefix === '' ? ' Objects come when a buffer is flushed.' : ''}</p>`;
    }
    return html`<div class="scroll" tabindex="0" role="group" aria-label="Objects"><table><caption class="hidden">Folders and objects</caption>
        <thead><tr><th scope="col">Name</th><th scope="col" class="number">Size</th><th scope="col">Written, UTC</th></tr></thead>
        <tbody>${prefixes.map((prefix) => html`<tr><th scope="row"><a href=${addressOf('objects', [this.bucket, ...prefix.split('/').slice(0, -1)])}>${name(prefix)}</a></th>
            <td class="number quiet">folder</td><td></td></tr>`)}
          ${objects.map((object) => html`<tr><th scope="row" class="wrap"><a href=${addressOf('objects', [this.bucket], {key: object.key})}>${name(object.key)}</a></th>
            <td class="number">${bytes(object.bytes)}</td><td>${moment(object.modified_us)}</td></tr>`)}</tbody></table></div>
      ${next === null ? nothing : html`<p><a href=${addressOf('objects', [this.bucket, ...this.prefix.split('/').slice(0, -1)], {after: next})}>More</a></p>`}`;
  }

  #object(about, preview) {
    const metadata = Object.entries(about.metadata ?? {});
    const get = (query) => download(path`buckets/${this.bucket}/download`, {key: about.key, ...query});
    return html`<dl class="facts">
        <div><dt>Size</dt><dd>${bytes(about.bytes)}</dd></div>
        <div><dt>Written, UTC</dt><dd>${moment(about.modified_us)}</dd></div>
        <div><dt>Type</dt><dd>${about.content_type ?? '–'}${about.content_encoding ? `, ${about.content_encoding}` : ''}</dd></div>
        <div><dt>Compression</dt><dd>${preview.compression}</dd></div>
        ${about.records === null || about.records === undefined ? nothing : html`<div><dt>Records</dt><dd>${count(about.records)}</dd></div>`}
        <div><dt>ETag</dt><dd class="mono wrap">${about.etag}</dd></div>
        ${metadata.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
      <p class="row"><a href=${get({})} download>Download</a>${preview.compression === 'none' ? nothing
        : html`<a href=${get({decode: 'true'})} download>Download, unpacked</a>`}</p>
      <section aria-labelledby="preview"><h2 id="preview">Preview</h2>${this.#preview(preview)}
        ${preview.truncated ? html`<p class="quiet">Only the beginning is shown.</p>` : nothing}</section>`;
  }

  #preview(preview) {
    if (preview.rows !== null && preview.rows !== undefined) {
      return html`<div class="scroll" tabindex="0" role="group" aria-labelledby="preview"><table><caption class="hidden">The first rows</caption>
        ${preview.columns === null ? nothing : html`<thead><tr>${preview.columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>`}
        <tbody>${preview.rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`;
    }
    return html`<pre tabindex="0" aria-labelledby="preview">${preview.hex ?? preview.lines.join('\n')}</pre>`;
  }
}
