// shell.js - what surrounds every view: skip link, header with the clock, navigation, the heading,
// what became of the last action, the list of keys.

import {html, nothing} from 'lit-html';
import {addressOf, VIEWS} from './address.js';
import {TimeBar} from './time_bar.js';

const KEYS = [
  ['?', 'this list'],
  ['g then p, s, r, d, t, o, c, q, e, m, f, l', 'go to a view, by the letter shown in the navigation'],
  ['Space', 'pause or resume time'],
  ['. (full stop)', 'step to the next event'],
  ['Shift + .', 'step to the next flush'],
  ['/', 'the first field of the view'],
  ['Esc', 'close this list'],
];

const LETTERS = {
  pipeline: 'p', shards: 's', records: 'r', delivery: 'd', transform: 't', objects: 'o',
  catalog: 'c', query: 'q', events: 'e', time: 'm', faults: 'f', lessons: 'l',
};

const GO_MS = 1500; // how long a "g" waits for its letter

/** Whether a key belongs to what has the focus: a field, a button, the editor. */
function isTyping(event) {
  const target = event.composedPath()[0];
  return target.isContentEditable || /^(input|select|textarea)$/i.test(target.tagName ?? '');
}

export class Shell {
  /** @param {any} app */
  constructor(app) {
    this.app = app;
    this.timeBar = new TimeBar(app);
    this.goAt = -Infinity;
    this.theme = localStorage.getItem('theme'); // null: as the system has it
    this.#applyTheme();
  }

  #applyTheme() {
    if (this.theme === null) {
      delete document.documentElement.dataset.theme;
    } else {
      document.documentElement.dataset.theme = this.theme;
    }
  }

  isDark() {
    return this.theme === null ? matchMedia('(prefers-color-scheme: dark)').matches : this.theme === 'dark';
  }

  #toggleTheme() {
    this.theme = this.isDark() ? 'light' : 'dark';
    localStorage.setItem('theme', this.theme);
    this.#applyTheme();
    this.app.draw();
  }

  onKey(event) {
    if (isTyping(event) || event.metaKey || event.ctrlKey || event.altKey) {
      return;
    }
    const onControl = event.target.closest?.('button, a, summary, [tabindex="0"]') !== null;
    if (performance.now() - this.goAt < GO_MS) {
      this.goAt = -Infinity;
      const view = Object.keys(LETTERS).find((name) => LETTERS[name] === event.key);
      if (view !== undefined) {
        event.preventDefault();
        this.app.go(addressOf(view));
        return;
      }
    }
    if (event.key === 'g') {
      this.goAt = performance.now();
    } else if (event.key === '?') {
      document.getElementById('keys').showModal();
    } else if (event.key === '/') {
      event.preventDefault();
      document.querySelector('main input, main select, main textarea')?.focus();
    } else if (event.key === ' ' && !onControl) {
      event.preventDefault();
      this.timeBar.toggle();
    } else if (event.key === '.') {
      this.timeBar.step('event');
    } else if (event.key === '>') {
      this.timeBar.step('flush');
    }
  }

  render() {
    const {view, live} = this.app;
    return html`
      <a class="skip" href="#main">Skip to the content</a>
      <header class="top">
        <a class="brand" href=${addressOf('pipeline')} aria-label="millrace, to the pipeline">millrace</a>
        ${this.timeBar.render()}
        <div class="tools">
          <button type="button" class="plain" aria-haspopup="dialog"
            @click=${() => document.getElementById('keys').showModal()}
            aria-label="Keys"><span aria-hidden="true">?</span></button>
          <button type="button" class="plain" @click=${() => this.#toggleTheme()}>
            ${this.isDark() ? 'Light' : 'Dark'}</button>
        </div>
      </header>
      ${this.#connection()}
      <div class="frame">
        <nav class="views" aria-label="Views">${this.#navigation()}</nav>
        <main id="main" tabindex="-1">
          ${this.#notice()}
          <h1 id="title" tabindex="-1">${view?.title ?? ''}</h1>
          ${live.state?.fatal ? html`<p class="problem" role="alert"><span aria-hidden="true">!</span>
            The world has stopped: ${live.state.fatal}</p>` : nothing}
          ${view?.render() ?? nothing}
        </main>
      </div>
      ${this.#keys()}`;
  }

  #navigation() {
    const faults = this.app.live.state?.faults_active ?? 0;
    return html`<ul>
      ${VIEWS.map(({name, title}) => html`<li><a href=${addressOf(name)}
        aria-current=${this.app.address?.view === name ? 'page' : nothing}>
        <span>${title}</span>${name === 'faults' && faults > 0
          ? html`<span class="badge bad" aria-label="${faults} active">${faults}</span>`
          : html`<kbd aria-hidden="true">${LETTERS[name]}</kbd>`}</a></li>`)}
    </ul>`;
  }

  #connection() {
    const {connection, isTooLarge} = this.app.live;
    if (connection === 'lost') {
      return html`<p class="lost" role="status">The connection is lost; the page shows the last that came,
          and connects again by itself.</p>`;
    }
    return isTooLarge
      ? html`<p class="lost" role="status">This world has more streams and shards than can be shown live;
          the page shows the last that came. Ask for its parts: <a href="/_millrace/docs">the API</a>.</p>`
      : nothing;
  }

  /** One line, replaced by the next: an alert where the action failed. */
  #notice() {
    const {notice} = this.app;
    const close = () => {
      this.app.notice = null;
      this.app.draw();
    };
    return html`<div class="notices" aria-live="polite">${notice === null
      ? nothing
      : html`<p class="notice ${notice.bad ? 'bad' : ''}">
          <span>${notice.bad ? html`<strong>Refused.</strong> ` : nothing}${notice.text}</span>
          <button type="button" class="plain" @click=${close} aria-label="Dismiss">×</button></p>`}</div>`;
  }

  #keys() {
    return html`<dialog id="keys" aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <dl class="keys">${KEYS.map(([key, about]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${about}</dd></div>`)}</dl>
      <form method="dialog"><button>Close</button></form>
    </dialog>`;
  }
}
