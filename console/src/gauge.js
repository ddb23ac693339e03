// gauge.js - how full something is, as a bar and in words: the words carry it, the bar shows it.

import {html} from 'lit-html';
import {percent} from './figures.js';

/**
 * @param {string} label what is measured
 * @param {number} filled 0 to 1
 * @param {string} text the figures beside it
 * @param {{warn?: number}} [options] warn: the share from which it is drawn as high
 */
export function gauge(label, filled, text, {warn = 1.1} = {}) {
  const value = Number.isFinite(filled) ? Math.min(1, Math.max(0, filled)) : 0;
  return html`<div class="gauge ${filled >= warn ? 'high' : ''}" role="meter" aria-label=${label} aria-valuemin="0"
      aria-valuemax="100" aria-valuenow=${Math.round(value * 100)} aria-valuetext="${percent(value)}, ${text}">
    <div class="row spread tight"><span class="label">${label}</span><span class="value">${text}</span></div>
    <svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      <rect class="track" width="100" height="6"></rect><rect class="fill" width=${value * 100} height="6"></rect></svg>
  </div>`;
}
