/** The page as a person uses it: a real browser, API, worker, database and Temporal, and a simulated Google. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Browser, Page } from 'playwright-core';
import { localUser } from '../../api/plugins/auth.ts';
import { servePage, seriousViolations, type ServedPage, startBrowser } from '../harness/browser.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';

const patienceMs = 60_000;
let headwater: TestHeadwater;
let served: ServedPage;
let browser: Browser;

beforeAll(async () => {
  [headwater, browser] = await Promise.all([startHeadwater(), startBrowser()]);
  served = await servePage(headwater);
}, 300_000);
afterAll(async () => {
  await browser.close();
  await served[Symbol.asyncDispose]();
  await headwater[Symbol.asyncDispose]();
});

test('a Drive: add it, sign in by consent, choose, see the plan, sync to the end, explain an item, search, read', async () => {
  const account = headwater.google.world.account('ana@example.com');
  account.addFile({ name: 'Ferry.md', content: '# Ferry\n\nThe last ferry to the island leaves at 21:40.' });
  account.addFile({ name: 'Bread.md', content: 'Bread needs flour, water, salt and time.' });
  account.addFile({ name: 'photo.png', mimeType: 'image/png', content: 'x' });
  await using page = await open('/');

  await page.click('link', 'Add a source');
  await page.click('radio', 'Google Drive');
  await page.tab.getByLabel('Name').fill('Ana’s Drive');
  await page.click('button', 'Continue');
  await page.click('button', 'Sign in at Google Drive');
  await page.click('link', `Allow as ${account.email}`);
  await page.see(`Connected as ${account.email}.`);
  await page.tab.getByText('Daily', { exact: true }).click();
  await page.click('button', 'Continue');
  await page.see('Would add');
  expect(await page.tab.getByLabel('The plan').innerText()).toMatch(/Would add\s+2[\s\S]*Would leave out\s+1/);
  await page.click('button', 'Start the sync');

  await page.see('Completed');
  expect(await page.tab.title()).toBe('Sync of Ana’s Drive · Headwater');
  await page.click('button', 'My Drive/photo.png');
  await page.see(/left out: Pictures are not read/);
  await page.tab.keyboard.press('Escape');

  await page.tab.getByRole('textbox', { name: 'Search all documents' }).fill('when does the last ferry leave');
  await page.tab.keyboard.press('Enter');
  await page.tab.locator('mark', { hasText: 'ferry' }).first().waitFor();
  await page.click('link', 'Ferry.md');
  await page.see(/leaves at 21:40/);
  expect(page.complaints()).toEqual([]);
}, 180_000);

test('a held deletion shows all that would go; it is kept, and the next time approved', async () => {
  const account = headwater.google.world.account('bo@example.com');
  const files = Array.from({ length: 40 }, (_, i) => account.addFile({ name: `note ${i}.md`, content: `Note ${i}.` }));
  const dataSourceId = await headwater.createDrive(localUser, account.email);
  await headwater.sync({ dataSourceId, jobType: 'full_sync' });
  for (const file of files.slice(0, 30)) account.trash(file);
  await using page = await open(`/sources/${dataSourceId}`);
  const listEverything = async (): Promise<void> => {
    await page.tab.goto(`${served.url}/sources/${dataSourceId}`);
    await page.click('button', 'More ways to sync');
    await page.click('menuitem', 'List everything again');
    await page.see('30 items of 40 are no longer at the source');
  };

  await listEverything();
  expect(await page.tab.getByLabel('What would be removed').getByRole('listitem').count()).toBe(30);
  await page.click('button', 'Keep them');
  await page.see('Completed');
  expect(await countDocuments(dataSourceId)).toBe(40);

  await listEverything();
  await page.click('button', 'Remove 30 items');
  await page.see('Completed');
  expect(await countDocuments(dataSourceId)).toBe(10);
  expect(page.complaints()).toEqual([]);
}, 180_000);

test('a transformation is tried on a document while it is written, and kept', async () => {
  const account = headwater.google.world.account('dee@example.com');
  account.addFile({ name: 'Letter.md', content: 'Write to dee@example.com before noon.' });
  const dataSourceId = await headwater.createDrive(localUser, account.email);
  await headwater.sync({ dataSourceId, jobType: 'full_sync' });
  await using page = await open('/transformations/new');

  await page.tab.getByLabel('Name').fill('No addresses');
  await page.click('combobox', 'What it does');
  await page.click('option', 'Redact');
  await page.tab.getByLabel('Emails').check();
  await page.tab.locator('del', { hasText: 'dee@example.com' }).waitFor();
  await page.tab.locator('ins', { hasText: '[email]' }).waitFor();
  await page.click('button', 'Save');
  await page.see('Redact · All sources');
  await page.see(/were made by other transformations/);
}, 180_000);

test.each([
  ['a phone, light', { width: 360, height: 740 }, 'light'],
  ['a phone, dark', { width: 360, height: 740 }, 'dark'],
  ['a desktop, dark', { width: 1280, height: 800 }, 'dark'],
] as const)(
  'on %s no page overflows or keeps people out',
  async (_name, viewport, colorScheme) => {
    const pages = await somePages();
    await using page = await open('/', { viewport, colorScheme });
    for (const [address, shown] of pages) {
      await page.tab.goto(served.url + address);
      await page.tab.getByRole('heading', { level: 1 }).waitFor();
      await page.see(shown);
      await page.tab.waitForLoadState('networkidle');
      const overflow = await page.tab.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect([address, overflow]).toEqual([address, 0]);
      expect([address, await seriousViolations(page.tab)]).toEqual([address, []]);
    }
    const ground = await page.tab.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(Number(/\d+/.exec(ground)?.[0]) < 128).toBe(colorScheme === 'dark');
    expect(page.complaints()).toEqual([]);
  },
  180_000,
);

test('ten thousand documents scroll to their end with a screenful of rows at a time', async () => {
  const dataSourceId = await headwater.createSource(localUser, 'google_drive');
  await addDocuments(dataSourceId, 10_000);
  await using page = await open(`/sources/${dataSourceId}`);
  await page.click('tab', 'Documents');
  const table = page.tab.getByRole('table', { name: 'Documents' });
  await table.waitFor();
  for (let rows = '-1'; rows === '-1'; rows = (await table.getAttribute('aria-rowcount')) ?? '') {
    await page.tab.evaluate('window.scrollTo(0, document.body.scrollHeight)');
    await page.tab.waitForTimeout(20);
  }
  expect(await table.getAttribute('aria-rowcount')).toBe('10001');
  expect(await table.getByRole('row').count()).toBeLessThan(100);
  // At its end and back again: what is shown follows at once.
  await page.tab.evaluate('window.scrollTo(0, 0)');
  const started = performance.now();
  await table.getByRole('row', { name: /document 9999/ }).waitFor();
  expect(performance.now() - started).toBeLessThan(2000);
}, 180_000);

interface OpenPage extends AsyncDisposable {
  readonly tab: Page;
  click(role: Parameters<Page['getByRole']>[0], name: string): Promise<void>;
  see(text: string | RegExp): Promise<void>;
  /** What the page or its policy complained of. */
  complaints(): readonly string[];
}

async function open(path: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<OpenPage> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(patienceMs);
  const tab = await context.newPage();
  const complaints: string[] = [];
  tab.on('pageerror', (error) => complaints.push(error.message));
  tab.on('console', (line) => {
    if (line.type() === 'error' && line.location().url.startsWith(served.url)) complaints.push(line.text());
  });
  await tab.goto(served.url + path);
  return {
    tab,
    click: async (role, name) => await tab.getByRole(role, { name, exact: true }).first().click(),
    see: async (text) => await tab.getByText(text).first().waitFor(),
    complaints: () => complaints,
    [Symbol.asyncDispose]: async () => await context.close(),
  };
}

/** One of each kind, and something that has to be seen on it first. */
async function somePages(): Promise<[address: string, shown: string | RegExp][]> {
  const account = headwater.google.world.account('cy@example.com');
  account.addFile({ name: 'Lighthouse.md', content: 'Jürgen repairs the lighthouse lamps.' });
  const dataSourceId = await headwater.createDrive(localUser, account.email);
  const { jobId } = await headwater.sync({ dataSourceId, jobType: 'full_sync' });
  // What is stored was made without it.
  await post('/api/transformations', { name: 'No cards', transformationType: 'redact', config: { cards: true } });
  const document = await headwater.as(
    localUser,
    async (trx) =>
      await trx.selectFrom('documents').select('id').where('dataSourceId', '=', dataSourceId).executeTakeFirstOrThrow(),
  );
  return [
    ['/sources', 'Up to date'],
    ['/sources/new', 'Google Drive'],
    [`/sources/${dataSourceId}`, 'Completed'],
    ['/jobs', 'Completed'],
    [`/jobs/${jobId ?? ''}`, 'Completed'],
    ['/documents', 'Lighthouse.md'],
    [`/documents/${document.id}`, /Jürgen repairs/],
    ['/search?q=lighthouse+lamps', 'Lighthouse.md'],
    ['/schedules', 'No schedules'],
    ['/transformations', /were made by other transformations/],
    ['/transformations/new', 'What it does'],
    ['/collections', 'Projects'],
  ];
}

// oxlint-disable-next-line typescript/no-explicit-any -- an answer is what the test is about
async function post(path: string, body: object): Promise<any> {
  const answer = await fetch(served.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect([path, answer.status]).toEqual([path, 201]);
  return await answer.json();
}

async function countDocuments(dataSourceId: string): Promise<number> {
  const rows = await headwater.as(
    localUser,
    async (trx) => await trx.selectFrom('documents').select('id').where('dataSourceId', '=', dataSourceId).execute(),
  );
  return rows.length;
}

async function addDocuments(dataSourceId: string, count: number): Promise<void> {
  await headwater.as(
    localUser,
    async (trx) =>
      await sql`
        insert into documents (user_id, data_source_id, external_id, item_type, title, content_hash, pipeline_version,
          live_generation, updated_at)
        select ${localUser}, ${dataSourceId}, 'd' || n, 'file', 'document ' || n, 'x', 'x', uuid_v7(),
          now() - make_interval(secs => ${count} - n)
        from generate_series(0, ${count - 1}::int) as n`.execute(trx),
  );
}
