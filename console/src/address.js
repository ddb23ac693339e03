// address.js - every view has a URL: from a path to the view that it names, and back. Pure.

import {nameOf, segmentOf} from './segment.js';

/** Where the console is served. */
export const BASE = '/_millrace/console';

/** The views, in the order of the navigation; the first is shown where none is named. */
export const VIEWS = [
  {name: 'pipeline', title: 'Pipeline'},
  {name: 'shards', title: 'Shards'},
  {name: 'records', title: 'Records'},
  {name: 'delivery', title: 'Delivery'},
  {name: 'transform', title: 'Transform'},
  {name: 'objects', title: 'Objects'},
  {name: 'catalog', title: 'Catalog'},
  {name: 'query', title: 'Query'},
  {name: 'events', title: 'Events'},
  {name: 'time', title: 'Time'},
  {name: 'faults', title: 'Faults'},
  {name: 'lessons', title: 'Lessons'},
];

/**
 * @typedef {object} Address
 * @property {string} view        a name of VIEWS, or 'missing'
 * @property {string[]} path      what follows the view's name, decoded
 * @property {URLSearchParams} query
 */

/** @param {string} url absolute, or from the root @returns {Address} */
export function parseAddress(url) {
  const {pathname, searchParams} = new URL(url, 'http://localhost');
  const rest = pathname.slice(BASE.length).replace(/^\//, '');
  const [name, ...path] = rest.split('/');
  const view = name === '' ? VIEWS[0].name : name;
  return {
    view: VIEWS.some((each) => each.name === view) ? view : 'missing',
    path: path.filter((segment) => segment !== '').map(nameOf),
    query: searchParams,
  };
}

/**
 * @param {string} view
 * @param {string[]} [path]
 * @param {Record<string, string|number|null|undefined>} [query] members that are null are left out
 */
export function addressOf(view, path = [], query = {}) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') {
      search.set(name, String(value));
    }
  }
  const tail = search.size > 0 ? `?${search}` : '';
  return [BASE, view, ...path.map((name) => segmentOf(String(name)))].join('/') + tail;
}

/**
 * Where a node of the topology is looked at.
 * @param {{kind: string, name: string}} node
 */
export function addressOfNode(node) {
  switch (node.kind) {
    case 'stream':
      return addressOf('shards', [node.name]);
    case 'delivery':
      return addressOf('delivery', [node.name]);
    case 'function':
    case 'mapping':
      return addressOf('transform', node.kind === 'function' ? [node.name] : []);
    case 'bucket':
      return addressOf('objects', [node.name]);
    case 'table':
      return addressOf('catalog', node.name.split('.'));
    default:
      return `${addressOf('pipeline')}#inputs`;
  }
}

/**
 * What an event is about, as a link; null where it is about nothing that has a view.
 * @param {Record<string, any>} event
 * @returns {{href: string, text: string} | null}
 */
export function linkOfEvent(event) {
  if (event.event === 'query.run') {
    return {href: addressOf('query', [], {id: event.number}), text: 'query'};
  }
  if (event.event === 'fault') {
    return {href: addressOf('faults'), text: 'faults'};
  }
  if (event.bucket && event.key) {
    return {href: addressOf('objects', [event.bucket], {key: event.key}), text: 'object'};
  }
  if (event.event === 'record.put' && event.stream && event.shard) {
    return {href: addressOf('records', [event.stream, event.shard], {sequence: event.ref}), text: 'record'};
  }
  if (event.function) {
    return {href: addressOf('transform', [event.function]), text: event.function};
  }
  if (event.delivery) {
    return {href: addressOf('delivery', [event.delivery]), text: event.delivery};
  }
  if (event.stream && event.shard) {
    return {href: addressOf('records', [event.stream, event.shard]), text: 'records'};
  }
  if (event.stream) {
    return {href: addressOf('shards', [event.stream]), text: event.stream};
  }
  return null;
}
