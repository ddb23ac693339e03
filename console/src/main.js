// main.js - the console: which view the address names, the shell around it, and when it is drawn.
//
// A view is a module of src/views/ with
//   export function open(app, address) -> {
//     title: string                 what the page's title and heading say
//     render(): TemplateResult      the page below its heading, drawn at most ten times a second
//     moved?(address)               the address changed within the view (else it is opened anew)
//     close?()                      it is left
//   }
// `app` is what a view may use: app.live (live.js), app.draw(), app.go(href), app.say(text),
// app.fail(error), app.ask (api.js), app.clock(action). A view holds what it needs in its own
// object; nothing is kept in modules.

import {render} from 'lit-html';
import {BASE, parseAddress} from './address.js';
import {ask} from './api.js';
import {Live} from './live.js';
import {Shell} from './shell.js';

const DRAW_EVERY_MS = 100;

const modules = {
  pipeline: () => import('./views/pipeline.js'),
  shards: () => import('./views/shards.js'),
  records: () => import('./views/records.js'),
  delivery: () => import('./views/delivery.js'),
  transform: () => import('./views/transform.js'),
  objects: () => import('./views/objects.js'),
  catalog: () => import('./views/catalog.js'),
  query: () => import('./views/query.js'),
  events: () => import('./views/events.js'),
  time: () => import('./views/time.js'),
  faults: () => import('./views/faults.js'),
  lessons: () => import('./views/lessons.js'),
  missing: () => import('./views/missing.js'),
};

class App {
  constructor(root) {
    this.root = root;
    this.ask = ask;
    this.live = new Live(() => this.#onLive());
    this.view = null;
    this.address = null;
    this.drawnAt = 0;
    this.drawing = false;
    this.notice = null; // {text, bad}: what became of the last action
    this.unloaded = false; // the view that the address names is still to be loaded
    this.shell = new Shell(this);
  }

  /** What could not be loaded while the server was away is loaded when it is back. */
  #onLive() {
    if (this.unloaded && this.live.connection === 'open') {
      this.follow(true);
    }
    this.draw();
  }

  /** Draws soon: at most ten times a second, however many ask, and not while nobody looks. */
  draw() {
    if (this.drawing) {
      return;
    }
    this.drawing = true;
    const wait = Math.max(0, this.drawnAt + DRAW_EVERY_MS - performance.now());
    setTimeout(() => requestAnimationFrame(() => this.#drawNow()), wait);
  }

  #drawNow() {
    this.drawing = false;
    this.drawnAt = performance.now();
    render(this.shell.render(), this.root);
  }

  /** Goes to another address of the console, as a link does. */
  go(href, {replace = false} = {}) {
    history[replace ? 'replaceState' : 'pushState'](null, '', href);
    return this.follow(!replace);
  }

  /** Shows what the address bar says. */
  async follow(moveFocus = false) {
    const address = parseAddress(location.href);
    const same = this.address?.view === address.view && !this.unloaded;
    this.address = address;
    if (same && this.view?.moved !== undefined) {
      this.view.moved(address);
    } else {
      const module = await this.#load(address);
      if (module === null) {
        return;
      }
      this.view?.close?.();
      this.view = module.open(this, address);
    }
    document.title = `${this.view.title} · millrace`;
    this.#drawNow();
    if (moveFocus && !same) {
      document.getElementById('title')?.focus();
      scrollTo(0, 0);
    }
    document.querySelector('.views [aria-current]')?.scrollIntoView({block: 'nearest', inline: 'nearest'});
    const place = location.hash === '' ? null : document.getElementById(location.hash.slice(1));
    place?.scrollIntoView();
  }

  /** The view's module; null: it cannot be had now, which is said, or the user went on meanwhile. */
  async #load(address) {
    this.unloaded = false;
    let module = null;
    try {
      module = await modules[address.view]();
    } catch {
      if (this.address === address) {
        this.unloaded = true;
        this.fail(new Error(`The view ${address.view} could not be loaded. It is tried again when the server answers; ` +
          'if it stays away, load the page again: the server may be another version.'));
      }
    }
    if (this.address !== address) {
      return null;
    }
    if (module !== null) {
      this.notice = null; // it was about another view
    }
    return module;
  }

  say(text) {
    this.notice = {text, bad: false};
    this.draw();
  }

  /** @param {Error} error */
  fail(error) {
    this.notice = {text: error.message, bad: true};
    this.draw();
  }

  /** Runs an action and says what became of it. @returns {Promise<any>} undefined: it failed */
  async act(action, done) {
    try {
      const value = await action();
      if (done !== undefined) {
        this.say(typeof done === 'function' ? done(value) : done);
      }
      return value;
    } catch (error) {
      this.fail(error);
      return undefined;
    }
  }

  /** @param {Record<string, any>} body of POST clock */
  clock(body, done) {
    return this.act(() => ask('clock', {body}), done);
  }
}

/** A plain click on a link within the console is followed without loading the page again. */
function onClick(app, event) {
  const link = event.target.closest?.('a[href]');
  const href = link?.getAttribute('href');
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  const inside = href === BASE || href?.startsWith(`${BASE}/`);
  if (plain && inside && !link.hasAttribute('download') && !link.target) {
    event.preventDefault();
    app.go(href);
  }
}

const root = document.getElementById('console');
const app = new App(root);
root.replaceChildren(); // the plain page that stood here for readers without scripts
document.addEventListener('click', (event) => onClick(app, event));
document.addEventListener('keydown', (event) => app.shell.onKey(event));
addEventListener('popstate', () => app.follow());
await app.follow();
app.live.open();

