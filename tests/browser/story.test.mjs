// The story of a lesson in streaming: the sample runs at sixty times real time, and one looks on,
// halts it, breaks it, and follows its records to a chart. In the order of the story: each test goes
// on where the one before it stopped.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {launch, openPage, source, start} from './help.mjs';

let millrace;
let browser;
let view; // the page that all of the story happens on

before(async () => {
  millrace = await start('run', source('data/crimes/template.yaml'), '--console', '--clock', '60x');
  browser = await launch();
  view = await openPage(browser, millrace.url);
});

after(async () => {
  await browser?.close();
  await millrace?.stop();
});

const now = (page) => page.locator('.time-bar time').innerText();
const time = (page) => page.getByRole('group', {name: 'Time'});

test('records move', async () => {
  const {page, go} = view;
  await go('pipeline');
  const form = page.locator('form').filter({hasText: 'Declared input'});
  await form.getByLabel('Rate').fill('5/s'); // as slow as the story is long
  await form.getByRole('button', {name: 'Start'}).click();
  await page.getByText('crimes.csv is being put').waitFor();
  await page.locator('svg .edge.moving').first().waitFor();
  const lead = page.locator('.lead');
  const before = await lead.innerText();
  await page.waitForFunction((text) => document.querySelector('.lead').innerText !== text, before);
});

test('time halts, and goes on by a step', async () => {
  const {page} = view;
  await time(page).getByRole('button', {name: 'Pause'}).click();
  await time(page).getByText('paused').waitFor();
  const {now_us: halted} = await millrace.ask('clock');
  const {now_us: still} = await millrace.ask('clock');
  assert.equal(still, halted);
  const shown = await now(page);
  await time(page).getByRole('button', {name: 'Step'}).click();
  await page.getByText('Stepped to an event').waitFor();
  const {now_us: stepped, paused} = await millrace.ask('clock');
  assert.ok(stepped >= halted);
  assert.equal(paused, true);
  await page.locator('a').filter({hasText: 'Time'}).last().click();
  await page.getByRole('button', {name: '+ 10s'}).click();
  await page.getByText('Time was advanced').waitFor();
  assert.equal((await millrace.ask('clock')).now_us, stepped + 10_000_000);
  await page.waitForFunction((text) => document.querySelector('.time-bar time').innerText !== text, shown);
});

test('a fault is injected, strikes, and is undone', async () => {
  const {page, go} = view;
  await go('faults');
  await page.getByRole('button', {name: 'shard-throttled'}).click();
  await page.getByLabel('For', {exact: false}).fill('10m');
  await page.getByRole('button', {name: 'Inject'}).click();
  await page.getByRole('row', {name: /shard-throttled.*active/}).waitFor();
  await page.getByLabel('1 active').waitFor(); // also where one looks elsewhere
  await time(page).getByRole('button', {name: 'Resume'}).click();
  await millrace.until('state', (state) => state.streams[0].throttled > 0, 'a refusal');
  await page.getByRole('button', {name: 'Undo shard-throttled'}).click();
  await page.getByText('shard-throttled is undone').waitFor();
  const {faults} = await millrace.ask('faults');
  assert.ok(faults.every((fault) => fault.state !== 'active'), JSON.stringify(faults));
});

test('the buffer fills, and is flushed for a reason', async () => {
  const {page, go} = view;
  await go('delivery');
  await page.getByText(/Flushes in/).first().waitFor();
  await page.getByText(/Last flush: .* because (its size was reached|its interval was over)/).waitFor();
  const written = page.getByRole('row', {name: /^Written/});
  await page.waitForFunction(() => Number(document.querySelector('main').innerText.match(/Written\s+(\d+)/)?.[1]) > 0);
  assert.match(await written.innerText(), /Written\s+[1-9]/);
});

test('the object is looked into, from the event that it was written', async () => {
  const {page, go} = view;
  await go('events?type=object.written');
  await page.getByRole('main').getByRole('link', {name: 'object', exact: true}).last().click();
  await page.waitForURL('**/objects/**');
  await page.getByRole('heading', {name: 'Preview'}).waitFor();
  const text = await page.locator('main pre').innerText();
  const row = JSON.parse(text.split('\n')[0]);
  assert.equal(typeof row.district, 'number');
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', {name: 'Download', exact: true}).click()]);
  assert.ok((await file.path()).length > 0);
});

test('a query is run, and its result is a table and a chart', async () => {
  const {page, go} = view;
  await go('query');
  await page.getByRole('link', {name: 'by_district'}).click();
  await page.getByText('GROUP BY').first().waitFor();
  await page.getByRole('button', {name: 'Run'}).click();
  await page.waitForURL('**id=*');
  await page.getByRole('heading', {name: 'Result'}).waitFor();
  const rows = page.locator('section[aria-labelledby=result] tbody tr');
  assert.ok((await rows.count()) >= 6);
  const chart = page.locator('mr-chart canvas');
  await chart.waitFor();
  const inked = await chart.evaluate((canvas) =>
    canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value !== 0));
  assert.ok(inked, 'the chart is empty');
  await page.getByText('Scanned').waitFor();
});

test('SQL that is wrong is said below the editor', async () => {
  const {page, go} = view;
  await go('query');
  await page.getByRole('textbox', {name: 'SQL'}).click();
  await page.keyboard.type('SELECT nothing FROM nowhere');
  await page.keyboard.press('Control+Enter');
  await page.locator('main .problem').first().waitFor();
  assert.match(await page.locator('main .problem').first().innerText(), /nowhere/);
});

test('through all of it the page did nothing wrong', () => view.assertNoWrongs());
