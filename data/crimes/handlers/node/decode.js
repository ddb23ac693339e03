// Decodes crime reports for Amazon Data Firehose: delimited text in, one JSON object a line out.
//
// A record is a row of crimes.csv with '|' between its fields and the time of loading at the end.
// It becomes a JSON object with typed members; year, month and day are taken out of the time of
// the crime, for whoever wants to partition by them. A record that does not read as a report is
// answered as ProcessingFailed, so that Firehose keeps it below its error output prefix.
//
// handlers/python/decode.py and the Builtin in template.yaml write the same bytes.
'use strict';

const FIELDS = 10;
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

exports.handler = async (event) => ({ records: event.records.map(answer) });

function answer({ recordId, data }) {
  try {
    const line = decode(Buffer.from(data, 'base64').toString('utf8'));
    return { recordId, result: 'Ok', data: Buffer.from(line, 'utf8').toString('base64') };
  } catch (problem) {
    if (!(problem instanceof BadReport)) throw problem;
    console.log(`${recordId}: ${problem.message}`);
    return { recordId, result: 'ProcessingFailed', data };
  }
}

class BadReport extends Error {}

function decode(text) {
  const fields = text.split('|').map(trim);
  if (fields.length < FIELDS) {
    throw new BadReport(`${fields.length} fields; a report has ${FIELDS}`);
  }
  const date = dateOf(fields[0]);
  return JSON.stringify({
    crime_time: fields[0],
    address: fields[1],
    district: integer(fields[2]),
    beat: fields[3],
    grid: integer(fields[4]),
    description: fields[5],
    ucr_ncic_code: integer(fields[6]),
    location: { lat: number(fields[7]), lon: number(fields[8]) },
    loaded_at: fields[9],
    crime_year: date.year,
    crime_month: date.month,
    crime_day: date.day,
  }) + '\n';
}

// ASCII blanks alone: String.trim() would take others too.
function trim(text) {
  return text.replace(/^[ \t\r\n\f\v]+/, '').replace(/[ \t\r\n\f\v]+$/, '');
}

// A 32-bit integer; null for an empty field.
function integer(text) {
  if (text === '') return null;
  const value = Number(text);
  if (!/^[+-]?[0-9]+$/.test(text) || value < -(2 ** 31) || value >= 2 ** 31) {
    throw new BadReport(`'${text}' is not an int`);
  }
  return value;
}

// A double; null for an empty field.
function number(text) {
  if (text === '') return null;
  const value = Number(text);
  if (!/^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(text) || !Number.isFinite(value)) {
    throw new BadReport(`'${text}' is not a number`);
  }
  return value;
}

// The year, month and day of M/d/yy H:mm as strings; null for an empty field.
function dateOf(text) {
  if (text === '') return { year: null, month: null, day: null };
  const found = /^([0-9]{1,2})\/([0-9]{1,2})\/([0-9]{2}) ([0-9]{1,2}):([0-9]{2})$/.exec(text);
  if (!found) throw new BadReport(`'${text}' is not a time such as 1/31/06 23:59`);
  const [month, day, shortYear, hour, minute] = found.slice(1).map(Number);
  const year = 2000 + shortYear;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (month < 1 || month > 12 || hour > 23 || minute > 59) {
    throw new BadReport(`'${text}' is not a time such as 1/31/06 23:59`);
  }
  if (day < 1 || day > DAYS_IN_MONTH[month - 1] + (leap && month === 2 ? 1 : 0)) {
    throw new BadReport(`'${text}' is not a day of the calendar`);
  }
  const two = (value) => String(value).padStart(2, '0');
  return { year: String(year), month: two(month), day: two(day) };
}
