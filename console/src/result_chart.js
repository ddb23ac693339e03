// result_chart.js - which chart a query's result makes, if any. Pure.
//
//   a time and numbers          lines over time
//   a name and numbers          bars, up to BARS_MAX of them, else none
// Numbers alone, one row, or none: no chart.

const BARS_MAX = 60;
const LINES_MAX = 4;
const NUMBER = /^(tinyint|smallint|int|integer|bigint|double|real|float|decimal)/i;
const TIME = /^(timestamp|date)/i;

/** @param {string|null} text */
function seconds(text) {
  const us = text === null ? NaN : Date.parse(`${text.replace(' ', 'T')}${text.length > 10 ? 'Z' : ''}`);
  return us / 1000;
}

/**
 * @param {{name: string, type: string}[]} columns
 * @param {(string|null)[][]} rows
 * @returns {null | {x: number[], lines: {label: string, values: (number|null)[]}[], time: boolean, bars: boolean,
 *   labels?: string[], about: string}}
 */
export function chartOf(columns, rows) {
  if (rows.length < 2 || columns.length < 2) {
    return null;
  }
  // The first column names the rows, also where it is a number (a district, a year).
  const numbers = columns.map((column, at) => at).filter((at) => at > 0 && NUMBER.test(columns[at].type)).slice(0, LINES_MAX);
  if (numbers.length === 0) {
    return null;
  }
  const valueOf = (text) => (text === null ? null : Number(text));
  if (TIME.test(columns[0].type)) {
    const sorted = rows.map((row) => ({at: seconds(row[0]), row})).filter(({at}) => Number.isFinite(at)).sort((a, b) => a.at - b.at);
    return sorted.length < 2 ? null : {
      x: sorted.map(({at}) => at), time: true, bars: false,
      lines: numbers.map((at) => ({label: columns[at].name, values: sorted.map(({row}) => valueOf(row[at]))})),
      about: `${numbers.map((at) => columns[at].name).join(', ')} over time`,
    };
  }
  if (rows.length > BARS_MAX) {
    return null;
  }
  return {
    x: rows.map((_, at) => at), time: false, bars: true, labels: rows.map((row) => row[0] ?? 'null'),
    lines: [{label: columns[numbers[0]].name, values: rows.map((row) => valueOf(row[numbers[0]]))}],
    about: `${columns[numbers[0]].name} by ${columns[0].name}`,
  };
}
