// Every view over a running pipeline: it shows facts, says nothing wrong, asks nobody else, is
// accessible in light and dark, and fits a telephone.

import assert from 'node:assert/strict';
import {mkdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {axe, launch, openPage, overflow, source, start} from './help.mjs';

const ROWS = 200;
const BUDGET = 100_000; // bytes of the first view, compressed
const pictures = join(process.env.WORK, 'pictures');

let millrace;
let browser;
let names; // what the template's resources are called here
let key; // of an object
let query; // the id of one that has run

/** The sample's first rows, as its producer would put them. */
function records() {
  const rows = readFileSync(source('data/crimes/crimes.csv'), 'utf8').split('\n').slice(1, ROWS + 1);
  return rows.map((row) => {
    const columns = row.trim().split(',');
    return {partition_key: columns[2], data: [...columns, '2025-01-01T00:00:00Z'].join('|')};
  });
}

before(async () => {
  mkdirSync(pictures, {recursive: true});
  millrace = await start('serve', source('data/crimes/template.yaml'), '--clock', '60x', '--start', '2025-01-01T00:00:00Z');
  const {nodes} = await millrace.ask('topology');
  names = Object.fromEntries(nodes.map((node) => [node.logical_id, node.name]));
  const {failed} = await millrace.ask(`streams/${names.CrimeStream}/put`, {records: records()});
  assert.equal(failed, 0);
  await millrace.until('state', (state) => state.deliveries[0].counts.objects > 0, 'an object');
  const bucket = names.DataBucket;
  ({objects: [{key}]} = await millrace.until(`buckets/${bucket}/objects?prefix=crimes/&delimiter=`, ({objects}) => objects.length > 0, 'an object of crimes'));
  const {saved} = await millrace.ask('queries');
  ({id: query} = await millrace.ask('queries', {sql: saved.find(({name}) => name === 'by_district').sql}));
  const result = await millrace.ask(`queries/${query}?wait=true`);
  assert.equal(result.state, 'succeeded', JSON.stringify(result));
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await millrace?.stop();
});

/** Path of each view, and what it must say; the facts are of the records that were put. */
const views = () => ({
  pipeline: ['pipeline', ['200 records put', 'CrimeStream', 'Delivery', 'Decode', 'DataBucket']],
  streams: ['shards', [names.CrimeStream, 'ACTIVE', '200']],
  shards: [`shards/${names.CrimeStream}`, ['provisioned', 'Split in the middle', 'Shard 0, 50 %', '24 h']],
  records: [`records/${names.CrimeStream}/shardId-000000000000?from=first`, ['Partition key', 'Records 1 to 25', 'CANNERY FERRY ST']],
  delivery: [`delivery/${names.Delivery}`, ['For the bucket', 'because its interval was over', 'Not compressed', 'Backed up']],
  transform: [`transform/${names.Decode}`, ['builtin', 'Last invocations', 'Ok']],
  buckets: ['objects', [names.DataBucket, names.BackupBucket]],
  objects: [`objects/${names.DataBucket}`, ['crimes/', 'folder']],
  object: [`objects/${names.DataBucket}?key=${encodeURIComponent(key)}`, ['Preview', '"address":"', 'Download', 'ETag']],
  catalog: ['catalog', ['crime_events', names.DataBucket]],
  table: ['catalog/crimes/crime_events', ['struct<lat:double,lon:double>', 'partition key', 'Query it']],
  query: [`query?id=${query}`, ['by_district', 'Scanned', 'Chart', 'Download as CSV']],
  faults: ['faults', ['Nothing goes wrong by design', 'lambda-error', 'Puts on a shard are refused']],
  events: ['events', ['buffer.flushed', 'object.written', 'reason interval, records']],
  time: ['time', ['60× real time', 'Step to the next flush', 'Since the start']],
  lessons: ['lessons', ['of 5 passed', 'From a row to an object']],
  lesson: ['lessons/first-object', ['Goal', 'Begin', 'Hint', 'The MD5 of the key chooses the shard']],
  missing: ['nowhere', ['No view has this address']],
});

async function assertFacts(page, name, facts) {
  const main = page.locator('main');
  for (const fact of facts) {
    await main.getByText(fact, {exact: false}).first().waitFor({state: 'attached'}).catch(async () => {
      assert.fail(`${name} does not say "${fact}" but: ${await main.innerText()}`);
    });
  }
}

for (const [look, options] of Object.entries({
  light: {colorScheme: 'light'},
  dark: {colorScheme: 'dark'},
  phone: {colorScheme: 'light', viewport: {width: 390, height: 844}, hasTouch: true},
  narrow: {colorScheme: 'dark', viewport: {width: 360, height: 740}, hasTouch: true},
})) {
  test(`every view shows its facts and is accessible: ${look}`, async () => {
    const {page, go, assertNoWrongs, close} = await openPage(browser, millrace.url, options);
    for (const [name, [path, facts]] of Object.entries(views())) {
      await go(path);
      await assertFacts(page, name, facts);
      assert.equal(await page.locator('main .problem').count(), 0, `${name}: ${await page.locator('main').innerText()}`);
      assert.deepEqual(await axe(page), [], `${name}, ${look}`);
      assert.ok((await overflow(page)) <= 0, `${name} is wider than a ${look} window`);
      await page.screenshot({path: join(pictures, `${name}-${look}.png`), fullPage: true});
    }
    assertNoWrongs();
    await close();
  });
}

test('the first view is small', async () => {
  const {page, go, close} = await openPage(browser, millrace.url);
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const kinds = new Map();
  let bytes = 0;
  session.on('Network.responseReceived', ({requestId, type}) => kinds.set(requestId, type));
  session.on('Network.loadingFinished', ({requestId, encodedDataLength}) => {
    bytes += ['Document', 'Script', 'Stylesheet'].includes(kinds.get(requestId)) ? encodedDataLength : 0;
  });
  await go('pipeline');
  await page.locator('svg a.stream').waitFor();
  assert.ok(bytes > 5_000 && bytes < BUDGET, `the first view loads ${bytes} bytes`);
  console.log(`the first view loads ${bytes} bytes`);
  await close();
});

test('a link, the back key and a loaded address lead to the same view', async () => {
  const {page, go, assertNoWrongs, close} = await openPage(browser, millrace.url);
  await go('pipeline');
  await page.locator('svg a.stream').click();
  await page.waitForURL(`**/shards/${names.CrimeStream}`);
  await page.getByRole('heading', {level: 1, name: `Shards: ${names.CrimeStream}`}).waitFor();
  await page.goBack();
  await page.getByRole('heading', {level: 1, name: 'Pipeline'}).waitFor();
  await page.goForward();
  await page.reload();
  await page.getByRole('heading', {level: 1, name: `Shards: ${names.CrimeStream}`}).waitFor();
  assertNoWrongs();
  await close();
});

test('the keyboard is enough', async () => {
  const {page, go, assertNoWrongs, close} = await openPage(browser, millrace.url);
  await go('pipeline');
  await page.locator('svg a.stream').waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  await page.keyboard.press('g');
  await page.keyboard.press('e');
  await page.getByRole('heading', {level: 1, name: 'Events'}).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', {name: 'Keys'}).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', {name: 'Keys'}).waitFor({state: 'hidden'});
  assertNoWrongs();
  await close();
});

test('the theme is chosen once, and kept', async () => {
  const {page, go, close} = await openPage(browser, millrace.url, {colorScheme: 'light'});
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await go('time');
  const light = await ground();
  await page.getByRole('button', {name: 'Dark'}).click();
  await page.waitForFunction((before) => getComputedStyle(document.body).backgroundColor !== before, light);
  const dark = await ground();
  await page.reload();
  await page.getByRole('button', {name: 'Light'}).waitFor();
  assert.equal(await ground(), dark);
  await close();
});

test('the shard of a key is found, and a shard is split', async () => {
  const {page, go, assertNoWrongs, close} = await openPage(browser, millrace.url);
  await go(`shards/${names.CrimeStream}`);
  await page.getByLabel('Which shard does this key go to?').fill('3');
  await page.getByRole('button', {name: 'Find'}).click();
  const expected = await millrace.ask(`streams/${names.CrimeStream}/shard-of?key=3`);
  await page.getByText(expected.hash_hex ?? expected.hash).waitFor();
  await page.getByRole('button', {name: 'Split in the middle'}).click();
  await page.locator('.ranges').getByText('Shard 2, 25 %').waitFor();
  await page.locator('.ranges').getByText('Shard 3, 25 %').waitFor();
  await page.locator('.tree .closed').waitFor();
  assertNoWrongs();
  await close();
});

test('a record that is put by hand is shown', async () => {
  const {page, go, assertNoWrongs, close} = await openPage(browser, millrace.url);
  await go(`records/${names.CrimeStream}/shardId-000000000001`);
  await page.getByLabel('Partition key').fill('by hand');
  await page.getByLabel('Data').fill('{"put": "by hand"}');
  await page.getByRole('button', {name: 'Put', exact: true}).click();
  await page.waitForURL('**from=last');
  await page.getByText('"put": "by hand"').first().waitFor();
  await page.getByLabel('Hex').check();
  await page.getByText('7b 22 70 75 74 22', {exact: false}).first().waitFor();
  assertNoWrongs();
  await close();
});

test('the API document is a page', async () => {
  const {page, assertNoWrongs, close} = await openPage(browser, millrace.url);
  await page.goto(`${millrace.url}/_millrace/docs`);
  await page.getByText('/_millrace/api/state').first().waitFor();
  assertNoWrongs();
  await close();
});

test('a lesson is begun, ticks, and is passed', async () => {
  const {page, go, assertNoWrongs, close} = await openPage(browser, millrace.url);
  await go('lessons/first-object');
  await page.getByText('Hint').click();
  await page.getByText('Begin the lesson', {exact: false}).first().waitFor();
  await page.getByRole('button', {name: 'Begin'}).click();
  await page.getByText('The lesson has begun').waitFor();
  await page.getByText('Passed.').waitFor();
  assert.equal(await page.locator('.steps li.done').count(), 4);
  assertNoWrongs();
  await close();
});

test('what the API refuses is said, and what is not there', async () => {
  const {page, go, close} = await openPage(browser, millrace.url);
  await go('shards/no-such-stream');
  await page.getByText('No stream is called no-such-stream').waitFor();
  await go(`shards/${names.CrimeStream}`);
  await page.getByLabel('To', {exact: true}).fill('9999');
  await page.getByRole('button', {name: 'Reshard'}).click();
  await page.locator('.notice.bad').waitFor();
  await close();
});

test('a lost connection is said, and comes back by itself', async () => {
  const other = await start('serve', '--clock', '60x');
  const {page, go, close} = await openPage(browser, other.url);
  await go('time');
  await page.getByRole('heading', {name: 'Move'}).waitFor();
  const port = new URL(other.url).port;
  await other.stop();
  await page.getByText('The connection is lost').waitFor();
  const again = await start('serve', '--port', port);
  await page.getByText('The connection is lost').waitFor({state: 'detached'});
  await close();
  await again.stop();
});
