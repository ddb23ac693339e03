// The API's page: Swagger UI shows the document, and a request that is refused as it is documented.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {axe, launch, openPage, start} from './help.mjs';

let millrace;
let browser;
let view;

before(async () => {
  millrace = await start('serve');
  browser = await launch();
  view = await openPage(browser, millrace.url);
});

after(async () => {
  await browser?.close();
  await millrace?.stop();
});

test('the page can be read and heard', async () => {
  const {page} = view;
  await page.goto(`${millrace.url}/_millrace/docs`);
  await page.locator('.opblock').first().waitFor();
  await page.locator('#servers[aria-label]').waitFor();
  // A row of Swagger UI is a button with buttons in it; that is its own markup.
  const found = (await axe(page)).filter((each) => !each.startsWith('nested-interactive'));
  assert.deepEqual(found, []);
});

test('a sentence without an English letter is refused as the document says', async () => {
  const {page} = view;
  await page.goto(`${millrace.url}/_millrace/docs`);
  const operation = page.locator('.opblock').filter({hasText: '/_millrace/sentiment'}).first();
  await operation.locator('.opblock-summary').click();
  const body = operation.locator('textarea.body-param__text');
  await body.waitFor();
  await body.fill('{"sentence": "12 34 !"}');
  await operation.getByRole('button', {name: 'Execute'}).click();
  const answer = operation.locator('.live-responses-table');
  await answer.getByText('no-english-letter').first().waitFor();
  const shown = await answer.innerText();
  assert.match(shown, /400|422/);
  const documented = await operation.locator('.responses-wrapper .responses-inner').innerText();
  assert.match(documented, /no-english-letter/);
});

test('every operation of the document is shown, and nothing comes from elsewhere', async () => {
  const {page} = view;
  const openapi = await (await fetch(`${millrace.url}/_millrace/openapi.json`)).json();
  const count = Object.values(openapi.paths).reduce((sum, path) => sum + Object.keys(path).length, 0);
  await page.locator('.opblock').first().waitFor();
  assert.equal(await page.locator('.opblock').count(), count);
  // A request that is refused is an error on the browser's console, and was asked for.
  assert.deepEqual(view.wrongs.filter((wrong) => !/status of 4\d\d/.test(wrong)), []);
});
