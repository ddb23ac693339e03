// api.js - the JSON API under /_millrace/api/: one way to ask, one kind of failure.

import {segmentOf} from './segment.js';

const ROOT = '/_millrace/api/';

/** What the server said against a request, or that it could not be reached. */
export class ApiError extends Error {
  /** @param {string} code @param {string} message @param {number} status 0: no answer */
  constructor(code, message, status) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/**
 * @param {string} path below the API, each segment encoded (see `path`)
 * @param {{method?: string, query?: Record<string, any>, body?: any, signal?: AbortSignal}} [options]
 * @returns {Promise<any>} the parsed answer; null for one without a body
 */
export async function ask(path, {method, query = {}, body, signal} = {}) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') {
      search.set(name, String(value));
    }
  }
  const url = ROOT + path + (search.size > 0 ? `?${search}` : '');
  let answer;
  try {
    answer = await fetch(url, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: body === undefined ? {} : {'Content-Type': 'application/json'},
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
    });
  } catch (reason) {
    if (reason.name === 'AbortError') {
      throw reason;
    }
    throw new ApiError('unreachable', 'The server does not answer.', 0);
  }
  const text = await answer.text();
  let value = null;
  try {
    value = text === '' ? null : JSON.parse(text);
  } catch {
    throw new ApiError('not-json', `The answer to ${url} is not JSON.`, answer.status);
  }
  if (!answer.ok) {
    throw new ApiError(value?.error ?? 'failed', value?.message ?? `Status ${answer.status}.`, answer.status);
  }
  return value;
}

/** Segments of a path, encoded: path`streams/${name}/split`. */
export function path(texts, ...values) {
  return texts.reduce((whole, text, at) => whole + segmentOf(String(values[at - 1])) + text);
}

/** The address of what is downloaded rather than read. */
export function download(below, query) {
  return `${ROOT}${below}${query === undefined ? '' : `?${new URLSearchParams(query)}`}`;
}
