// catalog.js - databases, their tables, columns and partitions.

import {html, nothing} from 'lit-html';
import {addressOf} from '../address.js';
import {path} from '../api.js';
import {count, plural} from '../figures.js';
import {Resource, show} from '../resource.js';

export function open(app, address) {
  const view = new Catalog(app);
  view.moved(address);
  return view;
}

/** "s3://bucket/prefix/" as a link to where its objects are; otherwise as it is. */
function location(uri) {
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(uri ?? '') ?? [];
  const folders = (prefix ?? '').split('/').filter(Boolean);
  return bucket === undefined ? uri : html`<a class="wrap" href=${addressOf('objects', [bucket, ...folders])}>${uri}</a>`;
}

class Catalog {
  constructor(app) {
    this.app = app;
    const draw = () => app.draw();
    this.catalog = new Resource(draw, (signal) => app.ask('catalog', {signal}));
    this.partitions = new Resource(draw, (signal) => app.ask(path`catalog/${this.database}/${this.table}/partitions`, {query: {limit: 200}, signal}));
    this.catalog.reload();
  }

  moved(address) {
    [this.database = null, this.table = null] = address.path;
    this.title = this.table === null ? 'Catalog' : `Catalog: ${this.database}.${this.table}`;
    this.partitions.value = undefined;
    this.partitions.error = null;
    if (this.table !== null) {
      this.partitions.reload();
    }
  }

  close() {
    this.catalog.close();
    this.partitions.close();
  }

  render() {
    return show(this.catalog, ({databases}) => {
      if (this.table === null) {
        const shown = databases.filter((each) => this.database === null || each.name === this.database);
        return shown.length === 0 ? html`<p class="empty">The catalog has no database. One comes with a template.</p>` : shown.map((each) => this.#database(each));
      }
      const table = databases.find((each) => each.name === this.database)?.tables.find((each) => each.name === this.table);
      return table === undefined ? html`<p class="empty">There is no such table. <a href=${addressOf('catalog')}>All of them</a></p>` : this.#table(table);
    });
  }

  #database(database) {
    return html`<section aria-label=${database.name}><h2>${database.name}</h2>${database.about ? html`<p class="quiet">${database.about}</p>` : nothing}
      <div class="scroll" tabindex="0" role="group" aria-label="Tables of ${database.name}"><table><caption class="hidden">Tables of ${database.name}</caption>
        <thead><tr><th scope="col">Table</th><th scope="col" class="number">Columns</th><th scope="col">Format</th><th scope="col">Partitions</th><th scope="col">Location</th></tr></thead>
        <tbody>${database.tables.map((table) => html`<tr><th scope="row"><a href=${addressOf('catalog', [database.name, table.name])}>${table.name}</a></th>
          <td class="number">${count(table.columns.length)}</td><td>${table.format}</td><td>${partitionsOf(table)}</td><td>${location(table.location)}</td></tr>`)}</tbody></table></div></section>`;
  }

  #table(table) {
    const name = `${this.database}.${this.table}`;
    const keys = table.partition_keys.map((key) => (typeof key === 'string' ? {name: key, type: ''} : key));
    return html`<dl class="facts"><div><dt>Format</dt><dd>${table.format}</dd></div><div><dt>Partitions</dt><dd>${partitionsOf(table)}</dd></div>
        <div><dt>Location</dt><dd>${location(table.location)}</dd></div></dl>
      <p><a href=${addressOf('query', [], {sql: `SELECT *\nFROM ${name}\nLIMIT 20`})}>Query it</a></p>
      <section aria-labelledby="columns"><h2 id="columns">Columns</h2><div class="scroll" tabindex="0" role="group" aria-labelledby="columns"><table>
        <caption class="hidden">Columns of ${name}</caption><thead><tr><th scope="col">Column</th><th scope="col">Type</th><th scope="col">About</th></tr></thead>
        <tbody>${table.columns.map((column) => html`<tr><th scope="row">${column.name}</th><td class="mono wrap">${column.type}</td><td>${column.comment ?? ''}</td></tr>`)}
          ${keys.map((key) => html`<tr><th scope="row">${key.name}</th><td class="mono">${key.type}</td><td class="quiet">partition key</td></tr>`)}</tbody></table></div></section>
      ${keys.length === 0 ? nothing : html`<section aria-labelledby="partitions"><h2 id="partitions">Partitions</h2>${show(this.partitions, (page) => this.#partitions(page, keys))}</section>`}`;
  }

  #partitions({partitions, next}, keys) {
    return partitions.length === 0 ? html`<p class="empty">None is listed.</p>` : html`<div class="scroll" tabindex="0" role="group" aria-labelledby="partitions"><table>
      <caption class="hidden">Partitions</caption><thead><tr>${keys.map((key) => html`<th scope="col">${key.name}</th>`)}<th scope="col">Location</th></tr></thead>
      <tbody>${partitions.map((it) => html`<tr>${it.values.map((value) => html`<td>${value}</td>`)}<td>${location(it.location)}</td></tr>`)}</tbody></table></div>
      ${next === null ? nothing : html`<p class="quiet">The first ${plural(partitions.length, 'partition')} are shown.</p>`}`;
  }
}

function partitionsOf(table) {
  if (table.projection) {
    return 'by projection';
  }
  return table.partition_keys.length === 0 ? 'none' : count(table.partitions);
}
