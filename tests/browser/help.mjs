// help.mjs - millrace as a child process, its API, and pages that must not err.

import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {chromium} from 'playwright-core';

const START_MS = 60_000;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const source = (...path) => join(process.env.MILLRACE_SOURCE_ROOT, ...path);

/** Starts the program and waits until it listens. @returns {Promise<Millrace>} */
export async function start(...args) {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-browser-'));
  return new Millrace(directory, args, await spawned(directory, args.includes('--port') ? args : [...args, '--port', '0']));
}

/** The program in this directory, once it listens. */
async function spawned(directory, args) {
  const child = spawn(process.env.MILLRACE_BINARY, [...args, '--state', join(directory, 'state')], {stdio: ['ignore', 'pipe', 'pipe']});
  let said = '';
  const url = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`it does not listen:\n${said}`)), START_MS);
    const hear = (bytes) => {
      said += bytes;
      const found = /(http:\/\/127\.0\.0\.1:\d+)/.exec(said);
      if (found !== null) {
        clearTimeout(timer);
        resolve(found[1]);
      }
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('exit', (status) => reject(new Error(`it ended with ${status}:\n${said}`)));
  });
  return {child, url, said: () => said};
}

class Millrace {
  constructor(directory, args, running) {
    Object.assign(this, {directory, args, ...running});
  }

  /** An answer of the API, parsed; an error of it is an error here. */
  async ask(path, body) {
    const answer = await fetch(`${this.url}/_millrace/api/${path}`, body === undefined ? {} : {
      method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body),
    });
    const value = await answer.json();
    assert.ok(answer.ok, `${path}: ${JSON.stringify(value)}`);
    return value;
  }

  /** Asks until the answer is as wanted. */
  async until(path, wanted, what) {
    const end = Date.now() + START_MS;
    for (;;) {
      const value = await this.ask(path);
      if (wanted(value)) {
        return value;
      }
      assert.ok(Date.now() < end, `${what} has not come: ${JSON.stringify(value)}`);
      await new Promise((resolve) => setTimeout(resolve, 50)); // between two questions, not in place of one
    }
  }

  /** Starts it again where it was, after end(). */
  async again() {
    Object.assign(this, await spawned(this.directory, [...this.args, '--port', new URL(this.url).port]));
  }

  /** Ends the program, which must end well, and removes what it had. */
  async stop() {
    await this.end();
    rmSync(this.directory, {recursive: true, force: true});
  }

  async end() {
    const ended = new Promise((resolve) => this.child.removeAllListeners('exit').on('exit', (status, signal) => resolve({status, signal})));
    this.child.kill('SIGTERM');
    const {status, signal} = await ended;
    assert.equal(signal, null, this.said());
    assert.ok(status === 0 || status === 130 || status === 143, `ended with ${status}:\n${this.said()}`);
  }
}

export function launch() {
  return chromium.launch({executablePath: process.env.CHROMIUM, args: ['--no-sandbox']});
}

/**
 * A page that writes down what must not be: errors on its console, scripts that fail, requests to
 * elsewhere.
 * @param {import('playwright-core').Browser} browser
 * @param {string} url where the server is
 */
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({viewport: {width: 1280, height: 860}, reducedMotion: 'reduce', ...options});
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const wrongs = [];
  page.on('console', (message) => message.type() === 'error' && wrongs.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => wrongs.push(`script: ${error.stack}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${url}/`) && !request.url().startsWith('data:')) {
      wrongs.push(`elsewhere: ${request.url()}`);
    }
  });
  return {
    page,
    go: (path) => page.goto(`${url}/_millrace/console/${path}`),
    wrongs,
    assertNoWrongs: () => assert.deepEqual(wrongs, []),
    close: () => context.close(),
  };
}

/** What axe finds that is serious or critical, as text; [] when all is well. */
export async function axe(page) {
  await page.evaluate(AXE);
  const {violations} = await page.evaluate(() => window.axe.run());
  return violations
    .filter(({impact}) => impact === 'serious' || impact === 'critical')
    .map(({id, nodes}) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.target} ${node.failureSummary}`).join('; ')}`);
}

/** Whether something of the page is wider than the window, so that all of it would scroll. */
export function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
