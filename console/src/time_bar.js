// time_bar.js - the world's clock in the header of every view: now, pause, step, speed.

import {html, nothing} from 'lit-html';
import {addressOf} from './address.js';
import {moment} from './figures.js';

export const SPEEDS = [1, 2, 10, 60, 600, 3600];

const OUTCOMES = {
  flushed: 'Stepped to a flush.',
  event: 'Stepped to an event.',
  idle: 'Nothing is due any more.',
  reached: 'Time was advanced.',
  done: 'Done.',
  stopped: 'Stopped.',
};

/** @param {any} clock of an answer of POST clock */
export function outcome(clock) {
  return `${OUTCOMES[clock.outcome] ?? 'Done.'} It is ${moment(clock.now_us)} UTC.`;
}

/** How time passes, in words. */
export function modeText(time) {
  if (time.paused) {
    return 'paused';
  }
  if (time.advancing) {
    return 'advancing';
  }
  return time.mode === 'paced' ? `${time.speed}× real time` : time.mode === 'real' ? 'real time' : 'virtual time';
}

export class TimeBar {
  /** @param {any} app */
  constructor(app) {
    this.app = app;
  }

  toggle() {
    const paused = this.app.live.state?.time.paused;
    return this.app.clock({action: paused ? 'resume' : 'pause'}, paused ? 'Time goes on.' : 'Time is paused.');
  }

  /** @param {'event'|'flush'|'idle'} to */
  step(to) {
    return this.app.clock({action: to === 'event' ? 'step' : 'until', to}, outcome);
  }

  rate(speed) {
    return this.app.clock({action: 'rate', rate: speed}, `Time passes at ${speed}× real time.`);
  }

  render() {
    const time = this.app.live.state?.time;
    if (time === undefined) {
      return html`<div class="time-bar" role="group" aria-label="Time"><span class="quiet">Connecting…</span></div>`;
    }
    return html`<div class="time-bar" role="group" aria-label="Time">
      <a class="now" href=${addressOf('time')}><span class="hidden">Time of the world: </span><time><span class="date">${moment(time.now_us).slice(0, 11)}</span>${moment(time.now_us).slice(11, 21)}</time></a>
      <span class="mode ${time.paused ? 'is-paused' : ''}">${modeText(time)}</span>
      <button type="button" @click=${() => this.toggle()}>${time.paused ? 'Resume' : 'Pause'}</button>
      <button type="button" @click=${() => this.step('event')}>Step</button>
      ${this.speed(time)}
    </div>`;
  }

  speed(time) {
    const own = time.mode === 'paced' ? time.speed : null;
    const speeds = own === null || SPEEDS.includes(own) ? SPEEDS : [...SPEEDS, own].sort((a, b) => a - b);
    return html`<label class="speed"><span class="hidden">Speed</span>
      <select @change=${(event) => this.rate(Number(event.target.value))} .value=${own === null ? '' : String(own)}>
        ${own === null ? html`<option value="" selected disabled>speed</option>` : nothing}
        ${speeds.map((speed) => html`<option value=${speed} ?selected=${speed === own}>${speed}×</option>`)}
      </select></label>`;
  }
}
