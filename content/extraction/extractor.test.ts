import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, describe, expect, test } from '@jest/globals';
import { strToU8 } from 'fflate';
import { makeDocx, makePdf, words } from '../../test/harness/documents.ts';
import type { ItemFacts } from '../../domain/transformations.ts';
import type { UserPattern } from '../transformations/configs.ts';
import { decodeStaged } from '../staging/staged-document.ts';
import { createExtractor } from './extractor.ts';

const calm = new AbortController().signal;
const extractor = createExtractor({ processes: 2, timeoutMs: 30_000, maxMemoryMb: 512 });
afterAll(async () => await extractor[Symbol.asyncDispose]());

const read = async (name: string, bytes: Uint8Array, userId = 'ana') =>
  await extractor.extract({ bytes, mimeType: 'application/octet-stream', name }, calm, userId);

describe('hostile documents, in the readers that run in production (P14)', () => {
  test('a DOCX of 100 KB with one run of 100 MB fails alone', async () => {
    const hostile = makeDocx(words('A'.repeat(100 * 1024 * 1024)));
    const before = process.memoryUsage().rss;
    const [outcome, next] = await Promise.all([
      read('bomb.docx', hostile).catch((error: unknown) => error),
      read('note.txt', strToU8('High water at noon.')),
    ]);
    if (Error.isError(outcome)) expect(outcome).toMatchObject({ name: 'SyncError', remedy: 'skip_item' });
    else expect(outcome).toMatchObject({ metadata: { truncated: true } });
    expect(next.text).toBe('High water at noon.');
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 1024 * 1024);
  }, 180_000);

  test('HTML nested 100,000 deep is read or fails, and the next file is read', async () => {
    const deep = read('deep.html', strToU8(`${'<div>'.repeat(100_000)}x`)).catch((error: unknown) => error);
    expect((await read('note.txt', strToU8('fine'), 'bo')).text).toBe('fine');
    await deep;
  });
});

test('a PDF of 1,000 dense pages is read within the memory that it needs', async () => {
  await using small = createExtractor({ processes: 1, timeoutMs: 30_000, maxMemoryMb: 380 });
  const line = 'The harbour master decides about berths in winter and tells the ships by radio,';
  const pages = Array.from({ length: 1000 }, (_, i) => Array.from({ length: 40 }, (_line, j) => `${line} ${i} ${j}`));
  const file = { bytes: makePdf(pages), mimeType: 'application/octet-stream', name: 'dense.pdf' };
  const { metadata, text } = await small.extract(file, calm, 'ana');
  expect(metadata).toMatchObject({ pages: 1000 });
  expect(text).toContain('999 39');
}, 60_000);

test('readers also read small files, of every user and many at once', async () => {
  const notes = Array.from({ length: 300 }, (_, i) => `High water at noon, berth ${i}.`);
  const texts = await Promise.all(notes.map(async (note, i) => await read(`${i}.txt`, strToU8(note), `user ${i % 7}`)));
  expect(texts.map((document) => document.text)).toEqual(notes);
});

test('a user’s pattern and the chunking run in a reader as well', async () => {
  const document = await read('a.txt', strToU8('Call +31 20 123 4567 at noon.'));
  const facts: ItemFacts = {
    sourceType: 'local_folder',
    itemType: 'file',
    name: 'a.txt',
    path: 'a.txt',
    mimeType: null,
    size: null,
    modifiedAt: null,
  };
  const config = { emails: false, phones: true, cards: false, ibans: false, patterns: [] };
  const transformations = [{ name: 'private', type: 'redact' as const, config }];
  const target = { version: '1', tag: 'abcde' };
  const result = await extractor.transform({ document, facts, transformations, target }, calm, 'ana');
  const staged = 'staged' in result ? decodeStaged(result.staged, '1') : null;
  expect(staged?.document.chunks.map(({ text }) => Buffer.from(text).toString())).toEqual(['Call [phone] at noon.']);
});

test('400 healthy PDFs that arrive at once become 400 documents', async () => {
  const pages = Array.from({ length: 20 }, (_, i) =>
    Array.from({ length: 30 }, (_line, j) => `Page ${i}, line ${j}: high water at noon.`),
  );
  const pdf = makePdf(pages);
  const outcomes = await Promise.all(
    Array.from(
      { length: 400 },
      async (_, i) =>
        await read(`${i}.pdf`, pdf).then(
          ({ metadata }) => metadata['pages'],
          (error: unknown) => error,
        ),
    ),
  );
  expect(outcomes.filter((pageCount) => pageCount !== 20)).toEqual([]);
}, 180_000);

describe('a user’s new patterns are compiled in a reader, within a time limit', () => {
  const pattern = (text: string): UserPattern => ({ path: ['pattern'], text, mustNameGroups: false });

  test('twenty that take seconds are refused, and this process does not stall', async () => {
    await using checker = createExtractor({ processes: 1, timeoutMs: 3000, maxMemoryMb: 512 });
    // One takes 300 to 900 ms here; the reader starts before the measurement.
    const slow = Array.from({ length: 20 }, () => pattern('(?:a{1,1000})'.repeat(38)));
    await checker.checkPatterns([pattern('a')], calm, 'ana');
    const cpu = process.threadCpuUsage();
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    const [first] = await checker.checkPatterns(slow, calm, 'ana');
    delay.disable();
    // On a crowded machine one may not end in time, and is refused for that.
    expect(first).toMatch(/(too large|too much time or memory to compile); use smaller repeat counts/);
    const { user, system } = process.threadCpuUsage(cpu);
    // Usually 70 ms, and once 296 on a crowded machine; compiling all of them here would take six seconds or more.
    expect((user + system) / 1000).toBeLessThan(1000);
    // A crowded machine may not run this process for a second; compiling here would take several.
    expect(delay.max / 1e6).toBeLessThan(3000);
  }, 60_000);

  test('one that does not end is stopped and refused, and another user’s is accepted meanwhile', async () => {
    const program = join(import.meta.dirname, '..', '..', 'test', 'doubles', 'misbehaving-reader.ts');
    await using hostile = createExtractor({ processes: 1, timeoutMs: 3000, program });
    const does = (what: 'loop' | 'answer') => ({ ...pattern('a'), do: what });
    const looping = hostile.checkPatterns([does('loop'), does('answer')], calm, 'ana');
    expect(await hostile.checkPatterns([does('answer')], calm, 'bo')).toHaveLength(1);
    // The second is not tried any more, because the first has used up the time.
    expect(await looping).toEqual([expect.stringMatching(/too much time or memory to compile; use/)]);
  });
});
