// A page that is open while the server goes and comes back: what it has not loaded is loaded then, and
// the events of the process before are not shown as those of the new one.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {launch, openPage, start} from './help.mjs';

let millrace;
let browser;

/** What a page cannot help: that the server was away. */
const ofTheAbsence = (wrong) => /Failed to load resource|ERR_CONNECTION|ERR_INCOMPLETE|Failed to fetch/.test(wrong);

async function createStream(name) {
  const answer = await fetch(millrace.url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': 'Kinesis_20131202.CreateStream',
      'X-Amz-Date': '20250101T000000Z',
      Authorization: 'AWS4-HMAC-SHA256 Credential=AKID/20250101/us-east-1/kinesis/aws4_request, SignedHeaders=host;x-amz-date, Signature=abcd',
    },
    body: JSON.stringify({StreamName: name, ShardCount: 1}),
  });
  assert.equal(answer.status, 200, await answer.text());
}

before(async () => {
  millrace = await start('serve', '--state-delay', '0');
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await millrace?.stop();
});

test('a view that is chosen while the server is away is shown when it is back', async () => {
  const {page, go, wrongs, close} = await openPage(browser, millrace.url);
  await go('pipeline');
  await page.getByRole('heading', {level: 1, name: 'Pipeline'}).waitFor();
  await millrace.end();
  await page.getByText('The connection is lost').waitFor();
  await page.getByRole('link', {name: 'Objects'}).first().click();
  await page.getByText('The view objects could not be loaded').waitFor();
  await page.getByRole('link', {name: 'Objects'}).first().click(); // is no dead end
  await page.getByText('The view objects could not be loaded').waitFor();
  await millrace.again();
  await page.getByRole('heading', {level: 1, name: 'Objects'}).waitFor();
  await page.getByText('could not be loaded').waitFor({state: 'detached'});
  assert.deepEqual(wrongs.filter((wrong) => !ofTheAbsence(wrong)), []);
  await close();
});

test('the events of a new process take the place of those before', async () => {
  for (const name of ['one', 'two', 'three', 'four']) {
    await createStream(name);
  }
  const {page, go, wrongs, close} = await openPage(browser, millrace.url);
  await go('events?type=stream.created');
  await page.getByRole('cell', {name: 'four'}).or(page.getByText('four')).first().waitFor();
  await millrace.end();
  await page.getByText('The connection is lost').waitFor();
  await millrace.again();
  await page.getByText('The connection is lost').waitFor({state: 'detached'});
  await createStream('five');
  await page.getByText('five').first().waitFor();
  await page.getByText('four').first().waitFor({state: 'detached'});
  assert.deepEqual(wrongs.filter((wrong) => !ofTheAbsence(wrong)), []);
  await close();
});

test('a stream that is not there is said not to be, and one called .. has its pages', async () => {
  await createStream('..');
  const {page, go, assertNoWrongs, close} = await openPage(browser, millrace.url);
  await go('records/nope');
  await page.getByText('No stream is called nope').waitFor();
  assert.equal(await page.getByRole('button', {name: 'Put'}).count(), 0);
  await page.getByRole('link', {name: 'All streams'}).click();
  await page.getByRole('link', {name: 'shard 0'}).first().waitFor();
  await go('shards');
  await page.getByRole('link', {name: '..', exact: true}).first().click();
  await page.getByRole('heading', {level: 1, name: 'Shards: ..'}).waitFor();
  await page.reload();
  await page.getByRole('heading', {level: 1, name: 'Shards: ..'}).waitFor();
  assertNoWrongs();
  await close();
});
