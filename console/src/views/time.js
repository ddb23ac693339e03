// time.js - the world's clock: where it is, what is due, and every way to move it.

import {html, nothing} from 'lit-html';
import {duration, moment} from '../figures.js';
import {modeText, outcome, SPEEDS} from '../time_bar.js';

export function open(app) {
  return new Time(app);
}

const LEAPS = ['1s', '10s', '1m', '5m', '1h'];

class Time {
  constructor(app) {
    this.app = app;
    this.title = 'Time';
  }

  render() {
    const time = this.app.live.state?.time;
    if (time === undefined) {
      return html`<p class="quiet">Waiting for the first state…</p>`;
    }
    return html`
      <p class="clock" aria-label="Time of the world, UTC"><time>${moment(time.now_us)}</time> <span class="quiet">UTC, ${modeText(time)}</span></p>
      <dl class="facts">
        <div><dt>Since the start</dt><dd>${duration(time.now_us - time.start_us)}</dd></div>
        <div><dt>Next that is due</dt><dd>${this.#due(time, time.next_due_us)}</dd></div>
        <div><dt>Next flush</dt><dd>${this.#due(time, time.next_flush_us)}</dd></div>
      </dl>
      <section aria-labelledby="move"><h2 id="move">Move</h2>
        <div class="row">
          <button type="button" class="main" @click=${() => this.app.shell.timeBar.toggle()}>${time.paused ? 'Resume' : 'Pause'}</button>
          <button type="button" @click=${() => this.app.shell.timeBar.step('event')}>Step to the next event</button>
          <button type="button" @click=${() => this.app.shell.timeBar.step('flush')}>Step to the next flush</button>
          <button type="button" @click=${() => this.app.shell.timeBar.step('idle')}>Run until nothing is due</button>
          ${time.advancing ? html`<button type="button" @click=${() => this.app.clock({action: 'stop'}, outcome)}>Stop</button>` : nothing}
        </div></section>
      <section aria-labelledby="leap"><h2 id="leap">Advance</h2>
        <div class="row">${LEAPS.map((by) => html`<button type="button" @click=${() => this.#advance(by)}>+ ${by}</button>`)}
          <form class="row tight" @submit=${(event) => this.#advanceBy(event)}>
            <label>By <input name="by" size="8" required placeholder="90s" aria-describedby="by-form"></label>
            <button>Advance</button></form></div>
        <p class="quiet" id="by-form">Everything that falls due on the way happens, in order. 500ms, 90s, 5m, 2h, 1d.</p></section>
      <section aria-labelledby="speed"><h2 id="speed">Speed</h2>
        <fieldset class="segments"><legend class="hidden">Times real time</legend>
          ${SPEEDS.map((speed) => html`<label><input type="radio" name="speed" .checked=${time.mode === 'paced' && time.speed === speed}
            @change=${() => this.app.shell.timeBar.rate(speed)}>${speed}×</label>`)}</fieldset>
        <p class="quiet">60× lets a minute of the world pass in a second here. The requests of clients are answered at any speed, and while time is paused.</p></section>`;
  }

  #due(time, at) {
    return at === null || at === undefined
      ? 'nothing'
      : html`in ${duration(Math.max(0, at - time.now_us))} <span class="quiet">at ${moment(at)}</span>`;
  }

  #advance(by) {
    return this.app.clock({action: 'advance', by}, outcome);
  }

  async #advanceBy(event) {
    event.preventDefault();
    await this.#advance(new FormData(event.target).get('by'));
  }
}
