/** Values from vendors and files become rows, or affect only their own item: the real statements on a real database. */

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import { encodeStaged } from '../../content/staging/staged-document.ts';
import { wordsOf } from '../../content/words/words.ts';
import { asUser } from '../../db/access/as-user.ts';
import { listJobItems } from '../../db/jobs/job-queries.ts';
import type { ExtractedDocument } from '../../domain/documents.ts';
import type { ErrorCode } from '../../domain/error-codes.ts';
import { SyncError } from '../../domain/errors.ts';
import type { Entry, ItemRef } from '../../domain/source.ts';
import { createHostileConnector, HostileSource } from '../doubles/hostile/connector.ts';
import { startSteps, type Steps } from '../harness/steps.ts';

let steps: Steps;
let entries: readonly Entry[] = [];
let documents: readonly ExtractedDocument[] = [];

beforeAll(async () => {
  let at = 0;
  steps = await startSteps(
    () => ({
      ...createHostileConnector(new HostileSource()),
      listPage: async () =>
        await Promise.resolve({ entries, next: { more: false, checkpoint: null, complete: true } as const }),
      fetch: async (ref) => {
        if (ref.itemType === 'note')
          throw new SyncError('unreadable', { code: ref.name as ErrorCode, message: ref.name });
        return await Promise.resolve({ bytes: Buffer.from(ref.name), mimeType: ref.mimeType ?? 'text/plain' });
      },
    }),
    {
      read: async ({ target }) => {
        const document = documents[at++ % documents.length];
        if (document === undefined) throw new Error('no document');
        return await Promise.resolve({ staged: encodeStaged(document, target) });
      },
    },
  );
}, 60_000);
afterAll(async () => await steps[Symbol.asyncDispose]());
beforeEach(() => {
  entries = [];
  documents = [plainDocument];
});

const broken = [
  '\0',
  '\ud800',
  '\udc00',
  '\uffff',
  '\u202e',
  '\\',
  '\\u0000',
  '"',
  "'",
  '{',
  '👩‍👩‍👧',
  'e\u0301',
  '/',
  '%',
  ' ',
];
const anyText = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.string({
      unit: fc.oneof(fc.constantFrom(...broken), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })),
      maxLength: 30,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', 'x'.repeat(30_000), '\0'.repeat(3000), '💥'.repeat(5000), 'ä'.repeat(2000)),
  },
);
const anyTime = fc.oneof(
  anyText,
  fc.constantFrom(
    '+020000-01-01T00:00:00Z',
    '-000044-03-15T00:00:00Z',
    '0000-00-00',
    '2026-02-30T25:61:00Z',
    'now',
    'infinity',
  ),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
);
const anyNumber = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -1, 0.5, 2 ** 53, 1e300, 12));
const anyLink = fc.oneof(
  anyText,
  anyText.map((text) => `https://example.com/${text}`),
  fc.constant('javascript:alert(1)'),
);
const anyMediaType = fc.oneof(anyText, fc.constantFrom('text/plain', 'text/html; charset=utf-8', 'image', 'a/b/c'));
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const anyItem: fc.Arbitrary<Entry> = fc.record({
  state: fc.constant('present' as const),
  externalId: anyText,
  itemType: fc.constantFrom('file' as const, 'email' as const, 'note' as const),
  name: anyText,
  parentExternalId: orNull(anyText),
  mimeType: orNull(anyMediaType),
  size: orNull(anyNumber),
  modifiedAt: orNull(anyTime),
  fingerprint: fc.record({ kind: fc.constant('etag' as const), value: anyText }),
  webUrl: orNull(anyLink),
  fetchHints: fc.dictionary(anyText, anyText, { maxKeys: 3, noNullPrototype: true }),
});
const anyEntry: fc.Arbitrary<Entry> = fc.oneof(
  { weight: 6, arbitrary: anyItem },
  {
    weight: 1,
    arbitrary: fc.record({
      state: fc.constant('container' as const),
      externalId: anyText,
      name: anyText,
      parentExternalId: orNull(anyText),
    }),
  },
  { weight: 1, arbitrary: fc.record({ state: fc.constant('deleted' as const), externalId: anyText }) },
  { weight: 1, arbitrary: fc.record({ state: fc.constant('deleted_path' as const), path: anyText }) },
);
const anyFact = fc.oneof(anyText, anyNumber, fc.boolean());
const anyMetadata = fc.dictionary(anyText, anyFact, { maxKeys: 3, noNullPrototype: true });
const anyDocument: fc.Arbitrary<ExtractedDocument> = fc.record({
  title: anyText,
  contentHash: fc.uuid(),
  metadata: anyMetadata,
  chunks: fc.array(
    fc.record({
      text: anyText,
      embeddingText: anyText,
      textHash: fc.uuid(),
      tokens: fc.nat(1000),
      words: anyText.map(wordsOf),
      place: fc.record({ headings: fc.array(anyText, { maxLength: 2 }), pages: fc.constant(null) }),
    }),
    {
      minLength: 1,
      maxLength: 3,
    },
  ),
  originalPlace: fc.constant('beside' as const),
  original: fc.record({ text: anyText, metadata: anyMetadata }),
});

const plainDocument: ExtractedDocument = {
  title: 'Plain',
  contentHash: 'c'.repeat(64),
  metadata: {},
  chunks: [
    {
      text: 'plain',
      embeddingText: 'plain',
      textHash: 'a'.repeat(64),
      tokens: 1,
      words: '.plain:1',
      place: { headings: [], pages: null },
    },
  ],
  originalPlace: 'chunks',
};

function item(externalId: string, more: Partial<ItemRef> = {}): Entry {
  return {
    state: 'present',
    externalId,
    itemType: 'file',
    name: `${externalId}.md`,
    parentExternalId: null,
    mimeType: 'text/plain',
    size: 1,
    modifiedAt: null,
    fingerprint: { kind: 'etag', value: '1' },
    webUrl: null,
    ...more,
  };
}

async function itemsOf(dataSourceId: string) {
  return await asUser(steps.database.db, steps.userId, async (trx) => {
    const { id } = await trx
      .selectFrom('syncJobs')
      .select('id')
      .where('dataSourceId', '=', dataSourceId)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow();
    return await listJobItems(trx, id, {}, 100);
  });
}

describe('the storage filter', () => {
  test('stores whatever a vendor says about items, containers and paths, and finds it unchanged the next time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyEntry, { minLength: 1, maxLength: 15 }), async (listed) => {
        entries = listed;
        const dataSourceId = await steps.createSource();
        const first = await steps.sync(dataSourceId, 'full_sync');
        expect(first).toMatchObject({ status: 'completed', errorCode: null });
        const again = await steps.sync(dataSourceId, 'full_sync');
        expect(again).toMatchObject({ status: 'completed', counts: { updated: 0, created: 0 } });
      }),
      { numRuns: 15 },
    );
  }, 120_000);

  test('stores whatever a file contains: title, metadata, text and chunks', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyDocument, { minLength: 1, maxLength: 5 }), async (read) => {
        documents = read;
        entries = read.map((_, i) => item(`i${i}`));
        const end = await steps.sync(await steps.createSource(), 'full_sync');
        expect(end).toMatchObject({ status: 'completed', counts: { created: read.length, failed: 0 } });
      }),
      { numRuns: 15 },
    );
  }, 120_000);

  test('stores a mail whose Message-ID contains NUL, and the files of its batch', async () => {
    const mail = { ...plainDocument, original: { text: 'plain', metadata: { messageId: '<a\0b@x>' } } };
    documents = [mail, plainDocument, plainDocument, plainDocument];
    entries = documents.map((_, i) => item(`m${i}`));
    expect(await steps.sync(await steps.createSource(), 'full_sync')).toMatchObject({
      status: 'completed',
      counts: { created: 4, failed: 0 },
    });
  });

  test('notes on the item what was changed', async () => {
    entries = [
      item('odd', {
        name: 'nu\0l.md',
        modifiedAt: '+020000-01-01T00:00:00Z',
        webUrl: 'javascript:alert(1)',
        mimeType: 'text',
        size: -1,
      }),
      item('x'.repeat(3000)),
      item('plain'),
    ];
    const dataSourceId = await steps.createSource();
    expect(await steps.sync(dataSourceId, 'full_sync')).toMatchObject({ counts: { created: 2, skipped: 1 } });
    const items = await itemsOf(dataSourceId);
    expect(items.find(({ externalId }) => externalId === 'odd')).toMatchObject({
      name: 'nul.md',
      webUrl: null,
      notes: ['characters_replaced', 'media_type_dropped', 'size_unknown', 'time_unknown', 'link_dropped'].map((code) =>
        expect.objectContaining({ code, message: expect.stringMatching(/\.$/) }),
      ),
    });
    expect(items.find(({ externalId }) => externalId === 'plain')).toMatchObject({ notes: null });
    expect(items.find(({ outcome }) => outcome === 'skipped')).toMatchObject({ errorCode: 'id_not_storable' });
  });
});

describe('an unforeseen bad value fails alone, with its own code', () => {
  test('in a listing', async () => {
    await sql`alter table job_items add constraint poison check (name <> 'poison')`.execute(steps.database.db);
    entries = [...Array.from({ length: 20 }, (_, i) => item(`i${i}`)), item('bad', { name: 'poison' })];
    const dataSourceId = await steps.createSource();
    expect(await steps.sync(dataSourceId, 'full_sync')).toMatchObject({
      status: 'completed',
      counts: { created: 20, skipped: 1 },
    });
    expect((await itemsOf(dataSourceId)).find(({ externalId }) => externalId === 'bad')).toMatchObject({
      errorCode: 'not_storable',
      errorMessage: expect.stringContaining('23514'),
    });
    await sql`alter table job_items drop constraint poison`.execute(steps.database.db);
  });

  test('when a page is compared', async () => {
    await sql`alter table sync_items add constraint poison check (name <> 'poison')`.execute(steps.database.db);
    entries = [...Array.from({ length: 20 }, (_, i) => item(`i${i}`)), item('bad', { name: 'poison' })];
    expect(await steps.sync(await steps.createSource(), 'full_sync')).toMatchObject({
      status: 'completed',
      counts: { created: 20, failed: 1 },
    });
    await sql`alter table sync_items drop constraint poison`.execute(steps.database.db);
  });

  test.each([
    ['an index row over the limit of a B-tree', '54000', { textHash: randomBytes(9000).toString('base64') }],
    // A reader that a file has taken over may answer anything.
    ['words that are no text search vector', '22P03', { words: '.x\0y' }],
  ])('when documents are written: %s', async (_, sqlState, bad) => {
    const [chunk] = plainDocument.chunks;
    if (chunk === undefined) throw new Error('no chunk');
    documents = [plainDocument, { ...plainDocument, chunks: [{ ...chunk, ...bad }] }, plainDocument];
    entries = [item('a'), item('b'), item('c')];
    const dataSourceId = await steps.createSource();
    expect(await steps.sync(dataSourceId, 'full_sync')).toMatchObject({
      status: 'completed',
      counts: { created: 2, failed: 1 },
    });
    expect((await itemsOf(dataSourceId)).filter(({ outcome }) => outcome === 'failed')).toMatchObject([
      { errorCode: 'not_storable', errorMessage: expect.stringContaining(sqlState) },
    ]);
  });
});
