// The console's views without scripts: the same addresses, read-only, with their facts.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {launch, openPage, source, start} from './help.mjs';

let millrace;
let browser;
let view;

before(async () => {
  millrace = await start('run', source('data/crimes/template.yaml'), '--console', '--clock', '1000x');
  browser = await launch();
  view = await openPage(browser, millrace.url, {javaScriptEnabled: false});
  await millrace.until('state', ({time, inputs}) => time.idle && inputs.every((each) => each.ended), 'the end of the run');
});

after(async () => {
  await browser?.close();
  await millrace?.stop();
});

const facts = [
  ['pipeline', 'Pipeline', /7584/],
  ['shards', 'Shards', /CrimeStream/],
  ['delivery', 'Delivery', /delivered/],
  ['transform', 'Transform', /Decode/],
  ['objects', 'Objects', /databucket/],
  ['catalog', 'Catalog', /crime_events/],
  ['query', 'Query', /by_district/],
  ['events', 'Events', /object\.written/],
  ['time', 'Time', /paced/],
  ['faults', 'Faults', /store-refused/],
  ['lessons', 'Lessons', /hot-shards/],
];

for (const [path, title, fact] of facts) {
  test(`${path} shows its facts`, async () => {
    const {page, go} = view;
    await go(path);
    assert.match(await page.locator('h1').innerText(), new RegExp(`^${title}`));
    assert.match(await page.locator('main').innerText(), fact);
    for (const table of await page.locator('table').all()) {
      assert.notEqual(await table.locator('caption').innerText(), '');
      assert.ok(await table.locator('th[scope=col]').count() > 0);
    }
  });
}

test('links lead from the pipeline to a record, and to an object', async () => {
  const {page, go} = view;
  await go('pipeline');
  await page.locator('main a').filter({hasText: 'CrimeStream'}).first().click();
  await page.locator('a').filter({hasText: 'shardId-000000000001'}).first().click();
  assert.match(await page.locator('caption').innerText(), /Records/);
  await page.getByRole('link', {name: 'First'}).click();
  await page.locator('nav a').filter({hasText: 'Objects'}).click();
  await page.locator('main a').filter({hasText: 'databucket'}).first().click();
  await page.locator('main li a').filter({hasText: 'crimes/'}).first().click();
  await page.locator('main li a').filter({hasText: 'dt='}).first().click();
  await page.locator('main p a').first().click();
  assert.match(await page.locator('pre').innerText(), /"district":/);
  view.assertNoWrongs();
});
