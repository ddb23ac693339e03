// transform.js - functions: what they were sent, what became of it, and what their handlers say.

import {html, nothing} from 'lit-html';
import {addressOf} from '../address.js';
import {path} from '../api.js';
import {bytes, count, duration, moment, percent, share} from '../figures.js';
import {Resource, show} from '../resource.js';

const AGAIN_MS = 1000; // how often the log is asked for while the function is at work

export function open(app, address) {
  const view = new Transform(app);
  view.moved(address);
  return view;
}

class Transform {
  constructor(app) {
    this.app = app;
    this.log = new Resource(() => app.draw(), (signal) => app.ask(path`functions/${this.name}/log`, {query: {limit: 100}, signal}));
    this.seen = -1; // invocations when the log was last asked for
    this.askedAt = -Infinity;
  }

  moved(address) {
    this.name = address.path[0] ?? null;
    this.title = this.name === null ? 'Transform' : `Transform: ${this.name}`;
    this.log.value = undefined;
    this.log.error = null;
    this.seen = -1;
    this.askedAt = -Infinity;
  }

  close() {
    this.log.close();
  }

  /** The log is asked for again when the function was invoked since, once a second at most. */
  #follow(it) {
    if (it.invocations !== this.seen && performance.now() - this.askedAt > AGAIN_MS) {
      this.seen = it.invocations;
      this.askedAt = performance.now();
      queueMicrotask(() => this.log.reload());
    }
  }

  render() {
    const {state} = this.app.live;
    if (state === null) {
      return html`<p class="quiet">Waiting for the first state…</p>`;
    }
    const it = this.app.live.find('functions', this.name);
    if (this.name !== null && it === undefined) {
      return html`<p class="empty">No function is called ${this.name}. <a href=${addressOf('transform')}>All of them</a></p>`;
    }
    if (it === undefined) {
      return html`${this.#list(state.functions)}${this.#mappings(state.mappings)}`;
    }
    this.#follow(it);
    return html`${this.#function(it)}${show(this.log, (log) => html`${this.#invocations(log.invocations)}${this.#lines(log.lines)}`)}
      ${this.#mappings(state.mappings.filter((each) => each.function === it.name))}`;
  }

  #list(functions) {
    return functions.length === 0
      ? html`<p class="empty">There is no function. One comes with a template, or from CreateFunction.</p>`
      : html`<div class="scroll" tabindex="0" role="group" aria-label="Functions"><table><caption class="hidden">Functions</caption>
        <thead><tr><th scope="col">Function</th><th scope="col">Runs</th><th scope="col" class="number">Invocations</th><th scope="col" class="number">Errors</th>
          <th scope="col" class="number">Records in</th><th scope="col" class="number">Ok</th><th scope="col" class="number">Dropped</th><th scope="col" class="number">Failed</th></tr></thead>
        <tbody>${functions.map((it) => {
          const answers = answersOf(it, this.app.live.state.deliveries);
          return html`<tr><th scope="row"><a href=${addressOf('transform', [it.name])}>${it.name}</a></th><td>${runs(it)}</td>
            <td class="number">${count(it.invocations)}</td><td class="number">${count(it.errors)}</td><td class="number">${count(it.records_in)}</td>
            <td class="number">${count(answers.ok)}</td><td class="number">${count(answers.dropped)}</td><td class="number">${count(answers.failed)}</td></tr>`;
        })}</tbody></table></div>`;
  }

  #function(it) {
    const {ok, dropped, failed} = answersOf(it, this.app.live.state.deliveries);
    const answered = ok + dropped + failed;
    const part = (name, value, sign) => html`<tr><th scope="row"><span aria-hidden="true">${sign}</span> ${name}</th><td class="number">${count(value)}</td>
      <td class="number">${answered === 0 ? '–' : percent(share(value, answered))}</td></tr>`;
    return html`<dl class="facts">
        <div><dt>Runs</dt><dd>${runs(it)}</dd></div><div><dt>Invocations</dt><dd>${count(it.invocations)}</dd></div>
        <div><dt>In flight</dt><dd>${count(it.in_flight)}</dd></div><div><dt>Errors</dt><dd>${count(it.errors)}</dd></div>
        <div><dt>Throttled</dt><dd>${count(it.throttles)}</dd></div><div><dt>Last took</dt><dd>${duration(it.duration_us_last)}</dd></div></dl>
      <div class="columns"><table class="counts"><caption>Records</caption><tbody>
        <tr><th scope="row">In</th><td class="number">${count(it.records_in)}</td><td></td></tr>
        ${part('Ok', ok, '✓')}${part('Dropped', dropped, '–')}${part('Failed', failed, '✗')}</tbody></table></div>`;
  }

  #invocations(invocations) {
    return html`<section aria-labelledby="invocations"><h2 id="invocations">Last invocations</h2>
      ${invocations.length === 0 ? html`<p class="empty">None yet.</p>` : html`<div class="scroll" tabindex="0" role="group" aria-labelledby="invocations"><table>
        <caption class="hidden">The last invocations</caption><thead><tr><th scope="col">Time, UTC</th><th scope="col">Invocation</th><th scope="col" class="number">Records</th>
          <th scope="col" class="number">Bytes</th><th scope="col" class="number">Took</th><th scope="col">Outcome</th></tr></thead>
        <tbody>${invocations.map((it) => html`<tr><td>${moment(it.time_us)}</td><td class="mono">${it.id}</td><td class="number">${count(it.records)}</td>
          <td class="number">${bytes(it.bytes)}</td><td class="number">${duration(it.duration_us)}</td><td>${it.outcome ?? 'running'}</td></tr>`)}</tbody></table></div>`}</section>`;
  }

  #lines(lines) {
    return html`<section aria-labelledby="log"><h2 id="log">The handler's log</h2>
      ${lines.length === 0 ? html`<p class="empty">It has written nothing. A builtin has no log: its code is not run.</p>`
        : html`<pre tabindex="0" aria-labelledby="log">${lines.map((it) => `${moment(it.time_us)}  ${it.line}\n`)}</pre>`}</section>`;
  }

  #mappings(mappings) {
    return mappings.length === 0 ? nothing : html`<section aria-labelledby="mappings"><h2 id="mappings">Event source mappings</h2>
      <div class="scroll" tabindex="0" role="group" aria-labelledby="mappings"><table><caption class="hidden">Mappings from streams to functions</caption>
        <thead><tr><th scope="col">Stream</th><th scope="col">Function</th><th scope="col">State</th><th scope="col" class="number">Sent</th>
          <th scope="col" class="number">Answered</th><th scope="col" class="number">Failed</th><th scope="col" class="number">Given up</th></tr></thead>
        <tbody>${mappings.map((it) => html`<tr><td><a href=${addressOf('shards', [it.stream])}>${it.stream}</a></td><td><a href=${addressOf('transform', [it.function])}>${it.function}</a></td>
          <td>${it.state}</td><td class="number">${count(it.sent)}</td><td class="number">${count(it.answered_ok)}</td><td class="number">${count(it.failed)}</td>
          <td class="number">${count(it.gave_up)}</td></tr>`)}</tbody></table></div></section>`;
  }
}

/** What became of a function's records is counted where they are delivered. */
function answersOf(it, deliveries) {
  const own = deliveries.filter((delivery) => delivery.function === it.name);
  const sum = (member) => own.reduce((total, delivery) => total + delivery.counts[member], 0);
  return {ok: sum('ok'), dropped: sum('dropped'), failed: sum('failed')};
}

function runs(it) {
  return it.kind === 'builtin' ? 'builtin' : it.runtime;
}
