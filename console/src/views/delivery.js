// delivery.js - delivery streams: how full their buffers are, when they flush and why they did, what
// was retried, failed and backed up.

import {html, nothing} from 'lit-html';
import {addressOf} from '../address.js';
import {bytes, count, duration, moment, plural, share} from '../figures.js';
import {gauge} from '../gauge.js';

const REASONS = {size: 'its size was reached', interval: 'its interval was over', drain: 'it was drained'};

/** A sink as people call it; a partition is called by its prefix. */
const SINKS = {lambda: 'For the function', main: 'For the bucket', error: 'Errors', backup: 'Backup'};

const COUNTS = [
  ['Records', [['read', 'Read'], ['ok', 'Transformed: Ok'], ['dropped', 'Dropped'], ['failed', 'Processing failed'],
    ['in_lambda', 'In the function now'], ['delivered', 'Delivered'], ['error_delivered', 'Sent to the error output'],
    ['backed_up', 'Backed up'], ['expired', 'Expired before they were read'], ['discarded', 'Discarded']]],
  ['Objects', [['objects', 'Written'], ['delivered_bytes', 'Bytes delivered', bytes], ['backup_objects', 'Of the backup'],
    ['error_objects', 'Of errors'], ['partitions', 'Partitions open']]],
  ['Flushes', [['flush_size', 'By size'], ['flush_interval', 'By interval'], ['flush_drain', 'By drain']]],
  ['Retries', [['put_retries', 'Puts tried again'], ['invocations', 'Invocations'], ['invocation_retries', 'Invocations tried again']]],
];

export function open(app, address) {
  const view = {
    title: '',
    moved(to) {
      view.name = to.path[0] ?? null;
      view.title = view.name === null ? 'Delivery' : `Delivery: ${view.name}`;
    },
    render: () => render(app, view.name),
  };
  view.moved(address);
  return view;
}

function render(app, name) {
  const {state} = app.live;
  if (state === null) {
    return html`<p class="quiet">Waiting for the first state…</p>`;
  }
  const shown = name === null ? state.deliveries : state.deliveries.filter((each) => each.name === name);
  if (shown.length === 0) {
    return name === null
      ? html`<p class="empty">There is no delivery stream. One comes with a template, or from CreateDeliveryStream.</p>`
      : html`<p class="empty">No delivery stream is called ${name}. <a href=${addressOf('delivery')}>All of them</a></p>`;
  }
  return html`${shown.map((delivery) => card(delivery, state.time, name === null))}`;
}

function card(delivery, time, linked) {
  const {counts} = delivery;
  const failures = counts.failed + counts.error_delivered;
  return html`<article class="panel" aria-label=${delivery.name}>
    <h2>${linked ? html`<a href=${addressOf('delivery', [delivery.name])}>${delivery.name}</a>` : 'Buffers'}</h2>
    <p class="quiet">${route(delivery)}</p>
    ${delivery.gauges.length === 0
      ? html`<p class="empty">No buffer holds anything.</p>`
      : html`<div class="cards">${delivery.gauges.map((each) => buffer(each, time))}</div>`}
    <p>${lastFlush(delivery.last_flush)}</p>
    ${failures > 0 ? html`<p class="warning"><strong>Failures:</strong> ${plural(counts.failed, 'record')} failed in processing,
      ${count(counts.error_delivered)} in the error output${delivery.bucket
        ? html` (<a href=${addressOf('objects', [delivery.bucket])}>look into ${delivery.bucket}</a>)` : nothing}.</p>` : nothing}
    <div class="columns">${COUNTS.map(([title, rows]) => html`<table class="counts"><caption>${title}</caption><tbody>
      ${rows.map(([member, text, figure = count]) => html`<tr><th scope="row">${text}</th><td class="number">${figure(counts[member])}</td></tr>`)}
    </tbody></table>`)}</div></article>`;
}

function route(delivery) {
  return html`From ${delivery.source === null ? 'direct puts' : html`<a href=${addressOf('shards', [delivery.source])}>${delivery.source}</a>`}
    ${delivery.function ? html`through <a href=${addressOf('transform', [delivery.function])}>${delivery.function}</a>` : nothing}
    to <a href=${addressOf('objects', [delivery.bucket])}>${delivery.bucket}</a>${delivery.prefix ? html` under <code>${delivery.prefix}</code>` : nothing},
    ${delivery.compression && !/uncompressed|none/i.test(delivery.compression) ? delivery.compression : 'not compressed'}${delivery.backup_bucket
      ? html`; backup in <a href=${addressOf('objects', [delivery.backup_bucket])}>${delivery.backup_bucket}</a>` : nothing}.
    Status ${delivery.status}.`;
}

function buffer(it, time) {
  const left = it.due_us === null ? null : Math.max(0, it.due_us - time.now_us);
  return html`<section class="card" aria-label="Buffer ${it.sink}">
    <h3>${SINKS[it.sink] ?? it.sink}</h3>
    ${gauge('Size', share(it.bytes, it.bytes_max), `${bytes(it.bytes)} of ${bytes(it.bytes_max)}`)}
    ${gauge('Age', left === null ? 0 : 1 - share(left, it.interval_us),
      left === null ? `of ${duration(it.interval_us)}` : `${duration(it.interval_us - left)} of ${duration(it.interval_us)}`)}
    <p class="countdown">${left === null
      ? html`<span class="quiet">empty; the interval begins with the first record</span>`
      : html`Flushes in <strong>${duration(left)}</strong> <span class="quiet">unless its size is reached first; ${plural(it.records, 'record')}</span>`}</p>
    ${it.last_flush ? html`<p class="quiet">Last flushed because ${REASONS[it.last_flush.reason] ?? it.last_flush.reason}.</p>` : nothing}
  </section>`;
}

function lastFlush(flush) {
  return flush === null || flush === undefined
    ? html`<span class="quiet">Nothing has been flushed yet.</span>`
    : html`Last flush: <strong>${flush.sink}</strong>, because ${REASONS[flush.reason] ?? flush.reason}
        (<code>${flush.reason}</code>), ${plural(flush.records, 'record')}, ${bytes(flush.bytes)}
        <span class="quiet">at ${moment(flush.time_us)}</span>`;
}
