// run.mjs - runs the tests of this folder in a browser: node run.mjs
//
// The packages are installed in WORK, by the lock file, when that changed; the tests run there, so
// that the source tree stays as it is. Exit status 77, with a reason, where there is no browser, no
// package, or no console in the program.
//
// Environment: MILLRACE_BINARY, MILLRACE_SOURCE_ROOT, WORK; CHROMIUM (else found on the PATH).

import {execFileSync, spawnSync} from 'node:child_process';
import {copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const work = process.env.WORK;

function skip(reason) {
  console.log(`skipped: ${reason}`);
  process.exit(77);
}

function chromium() {
  const names = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  return names.find((name) => name !== undefined && existsSync(name));
}

const browser = chromium();
if (browser === undefined) {
  skip('chromium is not there (Debian package chromium)');
}
if (Number(process.versions.node.split('.')[0]) < 18) {
  skip(`node is ${process.version}, not 18 or later`);
}
if (!readFileSync(process.env.MILLRACE_BINARY).includes('/_millrace/console/assets/console-')) {
  skip('this build has no console');
}

mkdirSync(work, {recursive: true});
for (const name of readdirSync(here).filter((each) => each !== 'node_modules')) {
  copyFileSync(join(here, name), join(work, name));
}
const lock = readFileSync(join(here, 'package-lock.json'), 'utf8');
const mark = join(work, 'installed');
if (!existsSync(mark) || readFileSync(mark, 'utf8') !== lock) {
  try {
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--fetch-retries=1'], {cwd: work, stdio: 'pipe'});
  } catch (error) {
    skip(`npm ci failed: ${String(error.stderr ?? error.message).trim().split('\n')[0]}`);
  }
  writeFileSync(mark, lock);
}
const tests = readdirSync(work).filter((name) => name.endsWith('.test.mjs')).sort();
const {status} = spawnSync(process.execPath, ['--test', '--test-concurrency=1', ...tests], {
  cwd: work,
  stdio: 'inherit',
  env: {...process.env, CHROMIUM: browser},
});
process.exit(status ?? 1);
