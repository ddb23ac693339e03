// pipeline.js - the whole pipeline as it runs: boxes from left to right, rates on the edges, and the
// inputs that feed it.

import {html, svg, nothing} from 'lit-html';
import {addressOfNode} from '../address.js';
import {path} from '../api.js';
import {bytes, count, duration, percent, perSecond, plural, share} from '../figures.js';
import {BOX, layOut} from '../layout.js';
import {problem, Resource, show} from '../resource.js';

const NARROW_PX = 700;
const KINDS = {
  producer: 'Producer', stream: 'Stream', delivery: 'Delivery', function: 'Function',
  bucket: 'Bucket', table: 'Table', mapping: 'Mapping',
};
const VERBS = {
  puts: 'puts', reads: 'is read by', invokes: 'invokes', delivers: 'delivers to',
  'backs-up': 'backs up to', fails: 'sends failures to', catalogues: 'is a table in',
};
const LISTS = {stream: 'streams', delivery: 'deliveries', function: 'functions', producer: 'inputs', input: 'inputs', bucket: 'buckets'};

export function open(app) {
  return new Pipeline(app);
}

/** The thing of a state that a metric or a node speaks of. */
function subject(state, of, name) {
  const list = state[LISTS[of]] ?? [];
  return list.find((each) => (of === 'producer' || of === 'input' ? String(each.place) === name : each.name === name));
}

/** A counter of a metric, for History.rate(). */
export function counterOf(metric) {
  return (state) => {
    const thing = subject(state, metric.of, metric.name);
    const value = thing?.counts?.[metric.counter] ?? thing?.[metric.counter];
    return typeof value === 'number' ? value : undefined;
  };
}

class Pipeline {
  constructor(app) {
    this.app = app;
    this.title = 'Pipeline';
    this.seconds = 'world';
    this.shape = ''; // of the state that the topology belongs to
    this.topology = new Resource(() => app.draw(), (signal) => app.ask('topology', {signal}));
    this.inputs = new Resource(() => app.draw(), (signal) => app.ask('inputs', {signal}));
    this.narrow = matchMedia(`(max-width: ${NARROW_PX}px)`);
    this.redraw = () => app.draw();
    this.narrow.addEventListener('change', this.redraw);
    this.inputs.reload();
  }

  close() {
    this.narrow.removeEventListener('change', this.redraw);
    this.topology.close();
    this.inputs.close();
  }

  /** Asks for the topology again when something was made or deleted, an input came or ended. */
  #follow(state) {
    const shape = JSON.stringify([
      state.status, state.inputs.length,
      ...['streams', 'deliveries', 'functions', 'buckets'].map((list) => state[list].map((each) => each.name)),
      state.mappings.map((each) => each.uuid),
    ]);
    if (shape !== this.shape) {
      this.shape = shape;
      queueMicrotask(() => this.topology.reload());
    }
  }

  render() {
    const {state} = this.app.live;
    if (state === null) {
      return html`<p class="quiet">Waiting for the first state…</p>`;
    }
    this.#follow(state);
    return html`
      <div class="row spread">
        <p class="lead">${this.#summary(state)}</p>
        <fieldset class="segments"><legend class="hidden">Seconds of</legend>
          ${[['world', 'Per second of the world'], ['here', 'Per second here']].map(([value, text]) => html`
            <label><input type="radio" name="seconds" .checked=${this.seconds === value}
              @change=${() => { this.seconds = value; this.app.draw(); }}>${text}</label>`)}
        </fieldset>
      </div>
      ${show(this.topology, (topology) => this.#graph(topology, state))}
      <section aria-labelledby="inputs"><h2 id="inputs">Inputs</h2>${this.#inputs(state)}</section>
      ${this.topology.value === undefined ? nothing : this.#flows(this.topology.value)}`;
  }

  #summary(state) {
    const total = state.streams.reduce((sum, stream) => sum + stream.records, 0);
    const objects = state.buckets.reduce((sum, bucket) => sum + bucket.objects, 0);
    return `${plural(total, 'record')} put, ${plural(objects, 'object')} in buckets.`;
  }

  #rate(edge) {
    return edge.metric === null || edge.metric === undefined
      ? null
      : this.app.live.history.rate(counterOf(edge.metric), this.seconds);
  }

  #graph(topology, state) {
    if (topology.nodes.length === 0) {
      return html`<p class="empty">Nothing has been made yet: create a stream by an AWS client, or start with a
        template: <code>millrace run TEMPLATE --console</code>.</p>`;
    }
    const plan = layOut(topology.nodes, topology.edges, this.narrow.matches ? 'down' : 'right');
    return html`<div class="graph" tabindex="0" role="group" aria-label="Topology">
      <svg class="topology" width=${plan.width} height=${plan.height} viewBox="0 0 ${plan.width} ${plan.height}"
        role="group" aria-label="The pipeline's boxes, as links">
        <defs><marker id="arrow" viewBox="0 0 8 8" refX="1" refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto">
          <path d="M0,0 L8,4 L0,8 z" fill="context-stroke"></path></marker></defs>
        ${plan.edges.map((edge) => this.#edge(edge))}
        ${plan.boxes.map((box) => this.#box(box, state))}
      </svg></div>`;
  }

  #edge(edge) {
    const rate = this.#rate(edge);
    const moving = rate !== null && rate > 0;
    const told = rate !== null && (moving || edge.kind !== 'fails'); // that nothing fails goes without saying
    return svg`<g class="edge ${edge.kind} ${moving ? 'moving' : ''}" aria-hidden="true">
      <path d=${edge.path} marker-end="url(#arrow)"></path>
      ${!told ? nothing : svg`<text x=${edge.x} y=${edge.y}
        text-anchor=${this.narrow.matches ? 'start' : 'middle'}>${rateOf(edge, rate)}</text>`}</g>`;
  }

  #box({node, x, y}, state) {
    const figures = this.#figures(node, state);
    return svg`<a href=${addressOfNode(node)} class="box ${node.kind} ${figures.bad ? 'bad' : ''}">
      <rect x=${x} y=${y} width=${BOX.width} height=${BOX.height} rx="6"><title>${node.name}${node.detail ? `: ${node.detail}` : ''}</title></rect>
      <text class="kind" x=${x + 12} y=${y + 19}>${KINDS[node.kind] ?? node.kind}</text>
      <text class="name" x=${x + 12} y=${y + 38}>${shorten(node.logical_id ?? node.name, 18)}</text>
      <text class="figure" x=${x + 12} y=${y + 56}>${shorten(figures.text, 24)}</text>
      ${figures.fill === undefined ? nothing : svg`<rect class="track" x=${x + 1} y=${y + BOX.height - 4} width=${BOX.width - 2} height="3"></rect>
        <rect class="fill" x=${x + 1} y=${y + BOX.height - 4} width=${(BOX.width - 2) * figures.fill} height="3"></rect>`}</a>`;
  }

  /** One line about a node, a gauge from 0 to 1 where it has one, and whether something is amiss. */
  #figures(node, state) {
    // A producer's name is the number of its input, from 1, and its file's name: "2 crimes.csv".
    const it = subject(state, node.kind, node.kind === 'producer' ? String(parseInt(node.name, 10) - 1) : node.name);
    if (it === undefined) {
      return {text: node.kind === 'table' ? node.name : node.detail ?? ''};
    }
    switch (node.kind) {
      case 'stream': {
        const hot = Math.max(0, ...it.shards.filter((shard) => shard.open).map((shard) => shard.second.percent));
        return {text: `${plural(it.open_shards, 'shard')}, ${percent(hot / 100)} hot`, fill: share(hot, 100), bad: hot >= 100};
      }
      case 'delivery': {
        const main = it.gauges.find((gauge) => gauge.sink === 'main') ?? it.gauges[0];
        if (main === undefined || main.due_us === null) {
          return {text: 'buffer empty', fill: 0};
        }
        return {
          text: `flush in ${duration(Math.max(0, main.due_us - state.time.now_us))}`,
          fill: Math.max(share(main.bytes, main.bytes_max), 1 - share(main.due_us - state.time.now_us, main.interval_us)),
        };
      }
      case 'function':
        return {text: `${plural(it.invocations, 'run')}${it.errors > 0 ? `, ${it.errors} failed` : ''}`, bad: it.errors > 0};
      case 'bucket':
        return {text: `${plural(it.objects, 'object')}, ${bytes(it.bytes)}`};
      case 'producer':
        return {text: `${it.ended ? 'ended, ' : it.paused ? 'paused, ' : ''}${plural(it.records, 'record')}`};
      default:
        return {text: node.detail ?? ''};
    }
  }

  /** The same as the picture, as a table: for those who do not see it, and for exact figures. */
  #flows(topology) {
    if (topology.edges.length === 0) {
      return nothing; // an empty table would say nothing that the picture has not said
    }
    const names = new Map(topology.nodes.map((node) => [node.id, node]));
    return html`<section aria-labelledby="flows"><h2 id="flows">Flows</h2>
      <div class="scroll" tabindex="0" role="group" aria-labelledby="flows"><table>
        <caption class="hidden">What flows from where to where, and how fast</caption>
        <thead><tr><th scope="col">From</th><th scope="col">Way</th><th scope="col">To</th><th scope="col" class="number">Rate</th></tr></thead>
        <tbody>${topology.edges.map((edge) => {
          const rate = this.#rate(edge);
          const end = (id) => html`<a href=${names.has(id) ? addressOfNode(names.get(id)) : nothing}>${names.get(id)?.name ?? id}</a>`;
          return html`<tr><td>${end(edge.from)}</td><td class="quiet">${VERBS[edge.kind] ?? edge.kind}</td><td>${end(edge.to)}</td>
            <td class="number">${rate === null ? '–' : rateOf(edge, rate)}</td></tr>`;
        })}</tbody></table></div></section>`;
  }

  /* ---- inputs ---- */

  #inputs(state) {
    const running = new Set(state.inputs.filter((input) => !input.ended).map((input) => input.file));
    const declared = this.inputs.value?.declared ?? [];
    return html`
      ${problem(this.inputs.error)}
      ${state.inputs.length === 0 && declared.length === 0
        ? html`<p class="empty">No input puts records now, and the template declares none.</p>`
        : nothing}
      ${state.inputs.length === 0 ? nothing : html`<div class="scroll" tabindex="0" role="group" aria-label="Inputs"><table>
        <caption class="hidden">Inputs that put records</caption>
        <thead><tr><th scope="col">File</th><th scope="col">Stream</th><th scope="col" class="number">Records</th>
          <th scope="col" class="number">Refused, put again</th><th scope="col">State</th><th scope="col">Rate</th><th scope="col">Actions</th></tr></thead>
        <tbody>${state.inputs.map((input) => this.#input(input))}</tbody></table></div>`}
      ${declared.length === 0 ? nothing : html`<form class="row" @submit=${(event) => this.#start(event)}>
        <label class="fit">Declared input <select name="declared">${declared.map((each) => html`
          <option value=${each.place}>${fileName(each.file)} to ${each.target}${running.has(each.file) ? ' (running)' : ''}</option>`)}</select></label>
        <label>Rate <input name="rate" size="8" .defaultValue=${rateText(declared[0].rate)} aria-describedby="rate-form"></label>
        <span class="quiet" id="rate-form">200/s, 10/m, or max</span>
        <button>Start</button></form>`}`;
  }

  #input(input) {
    const mine = input.ours !== false && !input.ended;
    const send = (body, done) => this.app.act(() => this.app.ask(path`inputs/${input.place}`, {body}), done);
    const changeRate = (event) => {
      event.preventDefault();
      const rate = new FormData(event.target).get('rate');
      send({action: 'rate', rate}, `The rate is ${rate} now.`);
    };
    const file = fileName(input.file);
    return html`<tr><td title=${input.file}>${file}</td><td>${input.target}</td><td class="number">${count(input.records)}</td>
      <td class="number">${count(input.throttled)}, ${count(input.retried)}</td>
      <td>${input.ended ? 'ended' : input.paused ? 'paused' : 'running'}</td>
      <td>${mine ? html`<form class="row tight" @submit=${changeRate}>
          <input name="rate" size="7" aria-label="Rate of ${file}" .defaultValue=${rateText(input.rate_asked ?? input.rate)}><button>Set</button></form>`
        : rateText(input.rate)}</td>
      <td>${mine ? html`<button type="button" aria-label="${input.paused ? 'Resume' : 'Pause'} ${file}"
          @click=${() => send({action: input.paused ? 'resume' : 'pause'}, input.paused ? 'The input goes on.' : 'The input is paused.')}>
          ${input.paused ? 'Resume' : 'Pause'}</button>` : '–'}</td></tr>`;
  }

  async #start(event) {
    event.preventDefault();
    const form = new FormData(event.target);
    const body = {declared: Number(form.get('declared')), rate: form.get('rate') || undefined};
    await this.app.act(() => this.app.ask('inputs', {body}), (input) => `${fileName(input.file)} is being put.`);
    this.inputs.reload();
  }
}

/** A rate as the API takes it: "200/s"; 0 is as fast as it goes. */
function rateText(rate) {
  return typeof rate === 'string' ? rate : rate > 0 ? `${rate}/s` : 'max';
}

function fileName(path) {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Records a second, unless the edge counts something else. */
function rateOf(edge, rate) {
  return edge.metric.counter === 'invocations' ? `${perSecond(rate).replace('/s', '')} runs/s` : perSecond(rate);
}

function shorten(text, most) {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
