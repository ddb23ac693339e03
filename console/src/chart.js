// chart.js - lines over time and bars, by uPlot, in a box that keeps its size with the page.
// Imported by the views that draw charts alone, so that the first view does not load it.

import uPlot from 'uplot';

/** The page's colours, as they are now. */
function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** light-dark() does not pass through getPropertyValue: a probe is asked for what it comes to. */
function colour(name) {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

/** Lines are told apart by dashes too, not by colour alone. */
const STROKES = [
  ['--line-1', []], ['--line-2', [6, 3]], ['--line-3', [2, 3]], ['--line-4', [8, 3, 2, 3]],
  ['--line-5', [12, 4]], ['--line-6', [4, 6]],
];

const HEIGHT = 220;

export class Chart extends HTMLElement {
  #plot = null;
  #shape = '';
  #size = null;
  #theme = null;

  connectedCallback() {
    this.#size = new ResizeObserver(() => this.#plot?.setSize({width: this.clientWidth, height: HEIGHT}));
    this.#size.observe(this);
    this.#theme = new MutationObserver(() => this.#anew());
    this.#theme.observe(document.documentElement, {attributeFilter: ['data-theme']});
  }

  disconnectedCallback() {
    this.#size?.disconnect();
    this.#theme?.disconnect();
    this.#plot?.destroy();
    this.#plot = null;
  }

  /**
   * @param {{x: number[], lines: {label: string, values: (number|null)[]}[], time: boolean,
   *   bars?: boolean, labels?: string[], unit?: (n: number) => string}} chart
   *   time: x are seconds since the epoch (UTC); labels: names of the places on x
   */
  set data(chart) {
    this.chart = chart;
    const shape = JSON.stringify([chart.lines.map((line) => line.label), chart.bars, chart.time, chart.labels]);
    if (this.#plot === null || shape !== this.#shape) {
      this.#shape = shape;
      this.#anew();
    } else {
      this.#plot.setData([chart.x, ...chart.lines.map((line) => line.values)]);
    }
  }

  #anew() {
    if (this.chart === undefined || !this.isConnected) {
      requestAnimationFrame(() => this.isConnected && this.chart !== undefined && this.#plot === null && this.#anew());
      return;
    }
    this.#plot?.destroy();
    const {x, lines, time, bars, labels, unit = String} = this.chart;
    const axis = {stroke: colour('--muted'), grid: {stroke: colour('--rule'), width: 1}, ticks: {show: false}, font: `12px ${token('--sans')}`};
    const timed = {values: (_, places) => places.map((second) => new Date(second * 1000).toISOString().slice(11, 19)), space: 90};
    const named = labels === undefined ? (time ? timed : {}) : {
      values: (_, places) => places.map((place) => (Number.isInteger(place) ? shorten(labels[place] ?? '') : '')),
      incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500],
      space: 70,
    };
    this.#plot = new uPlot(
      {
        width: this.clientWidth,
        height: HEIGHT,
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1e3), 'Etc/UTC'),
        scales: {x: {time, range: bars ? [-0.6, x.length - 0.4] : undefined}, y: {range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(1e-9, (high ?? 1) * 1.08 || 1)]}},
        axes: [{...axis, ...named}, {...axis, size: 64, values: (_, marks) => marks.map(unit)}],
        cursor: {y: false},
        series: [
          labels === undefined ? {label: 'Time, UTC', value: (_, second) => (second === null ? '–' : new Date(second * 1000).toISOString().slice(0, 19).replace('T', ' '))} : {label: 'Value', value: (_, place) => labels[place] ?? '–'},
          ...lines.map(({label}, at) => this.#series(label, at, bars, unit)),
        ],
      },
      [x, ...lines.map((line) => line.values)],
      this,
    );
  }

  #series(label, at, bars, unit) {
    const [name, dash] = STROKES[at % STROKES.length];
    const stroke = colour(name);
    return {
      label, stroke, width: 1.75, dash: bars ? undefined : dash,
      fill: bars ? stroke : undefined,
      paths: bars ? uPlot.paths.bars({size: [0.62, 64]}) : undefined,
      points: {show: false},
      value: (_, value) => (value === null || value === undefined ? '–' : unit(value)),
    };
  }
}

function shorten(text) {
  return text.length > 12 ? `${text.slice(0, 11)}…` : text;
}

customElements.define('mr-chart', Chart);
