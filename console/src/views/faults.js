// faults.js - let something go wrong: a button for each kind, where and for how long; and what is
// wrong now, to be undone.

import {html, nothing} from 'lit-html';
import {path} from '../api.js';
import {count, duration, plural} from '../figures.js';
import {problem, Resource, show} from '../resource.js';

const STATES = {waiting: 'waiting', active: 'active', over: 'over'};
const AGAIN_MS = 1000;

export function open(app) {
  return new Faults(app);
}

class Faults {
  constructor(app) {
    this.app = app;
    this.title = 'Faults';
    this.kind = null; // whose form is open
    this.error = null;
    this.faults = new Resource(() => app.draw(), (signal) => app.ask('faults', {signal}));
    this.faults.reload();
    this.askedAt = performance.now();
    this.seen = null;
  }

  close() {
    this.faults.close();
  }

  /** Faults strike and end by themselves: the list is asked for again as time goes, once a second. */
  #follow() {
    const now = this.app.live.state?.time.now_us ?? null;
    if (now !== this.seen && performance.now() - this.askedAt > AGAIN_MS) {
      this.seen = now;
      this.askedAt = performance.now();
      queueMicrotask(() => this.faults.reload());
    }
  }

  render() {
    this.#follow();
    return show(this.faults, ({faults, kinds}) => html`
      <section aria-labelledby="now"><h2 id="now">Now</h2>${this.#list(faults)}</section>
      <section aria-labelledby="kinds"><h2 id="kinds">Let something go wrong</h2>
        <div class="cards">${kinds.map((kind) => this.#kind(kind))}</div></section>`);
  }

  #list(faults) {
    const undo = (fault) => this.#send(() => this.app.ask(path`faults/${fault.id}`, {method: 'DELETE'}), `${fault.kind} is undone.`);
    const open = faults.filter((fault) => fault.state !== 'over');
    return faults.length === 0
      ? html`<p class="empty">Nothing goes wrong by design.</p>`
      : html`<div class="scroll" tabindex="0" role="group" aria-labelledby="now"><table><caption class="hidden">Faults</caption>
        <thead><tr><th scope="col">Fault</th><th scope="col">Where</th><th scope="col">State</th><th scope="col">Ends</th><th scope="col" class="number">Struck</th><th scope="col">Undo</th></tr></thead>
        <tbody>${faults.map((fault) => html`<tr><th scope="row">${fault.kind}</th><td>${fault.target}</td>
          <td class=${fault.state === 'active' ? 'bad' : 'quiet'}>${fault.state === 'active' ? '! ' : ''}${STATES[fault.state] ?? fault.state}</td><td>${this.#ends(fault)}</td>
          <td class="number">${count(fault.struck)}</td>
          <td>${fault.state === 'over' ? nothing : html`<button type="button" @click=${() => undo(fault)}>Undo<span class="hidden"> ${fault.kind}</span></button>`}</td></tr>`)}</tbody></table></div>
        ${open.length > 1 ? html`<button type="button" @click=${() => this.#send(() => this.app.ask('faults', {method: 'DELETE'}), (answer) => `${plural(answer.cleared, 'fault')} undone.`)}>Undo all</button>` : nothing}`;
  }

  #ends(fault) {
    const now = this.app.live.state?.time.now_us;
    if (fault.until_us === null) {
      return 'when it is undone';
    }
    return now === undefined || fault.state === 'over' ? '–' : `in ${duration(Math.max(0, fault.until_us - now))}`;
  }

  #kind(kind) {
    const isOpen = this.kind === kind.kind;
    return html`<section class="card" aria-label=${kind.kind}>
      <button type="button" aria-expanded=${isOpen} @click=${() => { this.kind = isOpen ? null : kind.kind; this.error = null; this.app.draw(); }}>${kind.kind}</button>
      <p class="quiet">${kind.about}</p>
      ${isOpen ? this.#form(kind) : nothing}</section>`;
  }

  #form(kind) {
    return html`<form class="grid" @submit=${(event) => this.#inject(event, kind)}>
      <label>Where <span class="quiet">(${kind.target}, * is any)</span><input name="target" value="*" list="targets" required></label>
      <datalist id="targets">${this.#targets(kind.target).map((name) => html`<option value=${name}></option>`)}</datalist>
      <label>For <span class="quiet">(empty: until undone)</span><input name="for" placeholder="60s"></label>
      <label>Chance <span class="quiet">(0 to 1)</span><input name="probability" type="number" min="0" max="1" step="any" placeholder="1"></label>
      <label>At most <span class="quiet">(times)</span><input name="most" type="number" min="1" placeholder="no limit"></label>
      ${kind.has_delay ? html`<label>Delay<input name="delay" placeholder="5s" required></label>` : nothing}
      ${kind.has_text ? html`<label>Text<input name="text"></label>` : nothing}
      ${problem(this.error)}
      <button class="main">Inject</button></form>`;
  }

  #targets(of) {
    const {state} = this.app.live;
    switch (of) {
      case 'stream':
        return state?.streams.map((each) => each.name) ?? [];
      case 'shard':
        return state?.streams.flatMap((each) => each.shards.filter((shard) => shard.open).map((shard) => `${each.name}/${shard.id}`)) ?? [];
      case 'function':
        return state?.functions.map((each) => each.name) ?? [];
      default:
        return [];
    }
  }

  async #inject(event, kind) {
    event.preventDefault();
    const form = new FormData(event.target);
    const given = Object.fromEntries([...form].filter(([, value]) => value !== ''));
    for (const number of ['probability', 'most']) {
      if (given[number] !== undefined) {
        given[number] = Number(given[number]);
      }
    }
    try {
      const fault = await this.app.ask('faults', {body: {kind: kind.kind, ...given}});
      this.error = null;
      this.kind = null;
      this.app.say(`${fault.kind} is ${fault.state} at ${fault.target}.`);
    } catch (error) {
      this.error = error;
    }
    this.faults.reload();
  }

  async #send(action, done) {
    await this.app.act(action, done);
    this.faults.reload();
  }
}
