// query.js - SQL over the delivered objects: an editor, what was asked before, the result as a table
// and as a chart.

import {html, nothing} from 'lit-html';
import {addressOf} from '../address.js';
import {download, path} from '../api.js';
import '../chart.js';
import '../editor.js';
import {bytes, count, duration, moment, plural} from '../figures.js';
import {problem, Resource} from '../resource.js';
import {chartOf} from '../result_chart.js';

const ROWS_SHOWN = 500;

export function open(app, address) {
  const view = new Query(app);
  view.moved(address);
  return view;
}

class Query {
  constructor(app) {
    this.app = app;
    this.title = 'Query';
    const draw = () => app.draw();
    this.past = new Resource(draw, (signal) => app.ask('queries', {signal}));
    this.result = new Resource(draw, (signal) => app.ask(path`queries/${this.id}`, {query: {wait: true}, signal}));
    this.sql = '';
    this.id = null;
    this.error = null; // the query could not be begun
    this.past.reload();
  }

  moved(address) {
    const sql = address.query.get('sql');
    const id = address.query.get('id');
    if (sql !== null) {
      this.#write(sql);
    }
    if (id !== this.id) {
      this.id = id;
      this.error = null;
      this.result.value = undefined;
      this.result.error = null;
      if (id !== null) {
        this.#follow();
      }
    }
  }

  close() {
    this.past.close();
    this.result.close();
  }

  /** Waits for the result; the text of a query that was found by its address goes into the editor. */
  async #follow() {
    await this.result.reload();
    const {value} = this.result;
    if (value !== undefined && value.id === this.id && this.text().trim() === '') {
      this.#write(value.sql);
    }
    this.past.reload();
  }

  #write(sql) {
    this.sql = sql;
    const editor = document.querySelector('mr-editor');
    if (editor !== null) {
      editor.value = sql;
    }
  }

  text() {
    return document.querySelector('mr-editor')?.value ?? this.sql;
  }

  async #run() {
    const sql = this.text().trim();
    if (sql === '') {
      return;
    }
    this.sql = sql;
    try {
      const begun = await this.app.ask('queries', {body: {sql}});
      this.error = null;
      this.app.go(addressOf('query', [], {id: begun.id}));
    } catch (error) {
      this.error = error;
      this.app.draw();
    }
  }

  render() {
    const running = this.id !== null && this.result.loading;
    return html`<div class="two"><section aria-label="SQL">
        <mr-editor class="editor" .initial=${this.sql} @run=${() => this.#run()}></mr-editor>
        <p class="row"><button type="button" class="main" ?disabled=${running} @click=${() => this.#run()}>${running ? 'Running…' : 'Run'}</button>
          ${running ? html`<button type="button" @click=${() => this.app.act(() => this.app.ask(path`queries/${this.id}`, {method: 'DELETE'}))}>Cancel</button>` : nothing}
          <span class="quiet">Ctrl + Enter runs it. Amazon Athena's SQL, over the objects as they are now.</span></p>
        ${problem(this.error)}</section>${this.#past()}</div>
      ${problem(this.result.error)}
      <div aria-live="polite">${this.result.value === undefined ? nothing : this.#summary(this.result.value)}</div>
      ${this.result.value?.state === 'succeeded' ? this.#result(this.result.value) : nothing}`;
  }

  #past() {
    const {saved = [], history = []} = this.past.value ?? {};
    return html`<section aria-labelledby="past"><h2 id="past">Saved and past</h2>${problem(this.past.error)}
      ${saved.length + history.length === 0 ? html`<p class="quiet">Nothing has been asked yet.</p>` : nothing}
      ${saved.length === 0 ? nothing : html`<ul class="plain-list">${saved.map((it) => html`<li><a href=${addressOf('query', [], {sql: it.sql})}>${it.name}</a> <span class="quiet">of the template</span></li>`)}</ul>`}
      ${history.length === 0 ? nothing : html`<ol class="plain-list">${history.slice(0, 12).map((it) => html`<li><a href=${addressOf('query', [], {id: it.id, sql: it.sql})}>${oneLine(it.sql)}</a>
        <span class=${it.state === 'failed' ? 'bad' : 'quiet'}>${it.state === 'succeeded' ? plural(it.rows, 'row') : it.state}</span></li>`)}</ol>`}</section>`;
  }

  #summary(it) {
    if (it.state === 'failed' || it.state === 'cancelled') {
      return html`<p class="problem"><span aria-hidden="true">!</span> ${it.error ?? 'The query was cancelled.'}</p>`;
    }
    return html`<dl class="facts"><div><dt>Rows</dt><dd>${count(it.rows?.length ?? it.rows)}</dd></div><div><dt>Scanned</dt><dd>${bytes(it.bytes_scanned)}</dd></div>
      <div><dt>Took</dt><dd>${duration(it.duration_us)}</dd></div><div><dt>Asked, UTC</dt><dd>${moment(it.time_us)}</dd></div></dl>
      ${(it.warnings ?? []).map((text) => html`<p class="warning">${text}</p>`)}`;
  }

  #result(it) {
    const chart = chartOf(it.columns, it.rows);
    const numeric = it.columns.map((column) => /^(tinyint|smallint|int|integer|bigint|double|real|float|decimal)/i.test(column.type));
    return html`${chart === null ? nothing : html`<section aria-labelledby="chart"><h2 id="chart">Chart</h2>
        <mr-chart role="img" aria-label="${chart.about}; the table below has the figures" .data=${chart}></mr-chart></section>`}
      <section aria-labelledby="result"><h2 id="result">Result</h2>
        ${it.rows.length === 0 ? html`<p class="empty">No row.</p>` : html`<div class="scroll snug" tabindex="0" role="group" aria-labelledby="result"><table>
          <caption class="hidden">Rows of the result</caption>
          <thead><tr>${it.columns.map((column, at) => html`<th scope="col" class=${numeric[at] ? 'number' : ''}>${column.name}</th>`)}</tr></thead>
          <tbody>${it.rows.slice(0, ROWS_SHOWN).map((row) => html`<tr>${row.map((cell, at) => html`<td class=${numeric[at] ? 'number' : ''}>${cell === null ? html`<span class="quiet">null</span>` : cell}</td>`)}</tr>`)}</tbody></table></div>`}
        <p class="row"><a href=${download(path`queries/${this.id}/csv`)} download>Download as CSV</a>
          ${it.rows.length > ROWS_SHOWN ? html`<span class="quiet">The first ${count(ROWS_SHOWN)} rows are shown.</span>` : nothing}
          ${it.truncated ? html`<span class="quiet">The result was cut off at its limit.</span>` : nothing}</p></section>`;
  }
}

function oneLine(sql) {
  const text = sql.replace(/\s+/g, ' ').trim();
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
