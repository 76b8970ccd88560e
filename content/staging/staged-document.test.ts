import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Chunk, ExtractedDocument } from '../../domain/documents.ts';
import { encodeVector } from '../words/word-vector.ts';
import { decodeStaged, embeddingTextOf, encodeStaged } from './staged-document.ts';

const target = { version: '6', tag: 'abcde' };
const textOf = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString());

function documentOf(chunks: readonly Chunk[]): ExtractedDocument {
  return { title: 'Tides', contentHash: 'c'.repeat(64), metadata: { pages: 2 }, chunks, originalPlace: 'chunks' };
}

function chunkOf(text: string, before = 'Tides\n\n'): Chunk {
  const embeddingText = `${before}${text}`.trim();
  const place = { headings: ['Harbor'], pages: { first: 1, last: 2 } };
  return { text, embeddingText, textHash: 'a'.repeat(64), tokens: 3, words: '.high:1 .water:2', place };
}

describe('a staged document', () => {
  test('contains what the database stores as bytes, from which what is embedded is made', () => {
    const staged = encodeStaged(documentOf([chunkOf('High water at noon. ')]), target);
    const decoded = decodeStaged(staged, '6');
    expect(decoded).toMatchObject({
      notes: [],
      document: { title: 'Tides', metadata: { pages: 2 }, originalPlace: 'chunks' },
    });
    const [chunk] = decoded?.document.chunks ?? [];
    expect(chunk).toMatchObject({ embeddingText: null, textHash: 'a'.repeat(64), tokens: 3 });
    expect(textOf(chunk?.text ?? null)).toBe('High water at noon. ');
    expect(textOf(chunk?.context ?? null)).toBe('Tides\n\n');
    expect(chunk?.words).toEqual(Buffer.from(encodeVector('abcde', '.high:1 .water:2')));
    expect(JSON.parse(textOf(chunk?.place ?? null) ?? '')).toEqual({
      headings: ['Harbor'],
      pages: { first: 1, last: 2 },
    });
  });

  test('has no context where the embedded text does not end with the chunk', () => {
    const staged = encodeStaged(documentOf([{ ...chunkOf('noon'), embeddingText: 'something else' }]), target);
    const chunks = decodeStaged(staged, '6')?.document.chunks ?? [];
    expect(chunks).toMatchObject([{ context: null }]);
    expect(chunks.map(embeddingTextOf)).toEqual(['something else']);
  });

  test('keeps a byte order mark in what is embedded, because the hash of the text counts it', () => {
    const embeddingText = '\uFEFFTides: noon';
    const staged = encodeStaged(documentOf([{ ...chunkOf('noon'), embeddingText }]), target);
    expect(decodeStaged(staged, '6')?.document.chunks.map(embeddingTextOf)).toEqual([embeddingText]);
  });

  test('keeps every text, in order, whatever the characters; what cannot be stored is replaced and noted', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 }), (texts) => {
        const decoded = decodeStaged(encodeStaged(documentOf(texts.map((text) => chunkOf(text))), target), '6');
        const storable = texts.map((text) => text.replaceAll('\0', '').toWellFormed());
        expect(decoded?.document.chunks.map(({ text }) => textOf(text))).toEqual(storable);
        expect(decoded?.document.chunks.map(embeddingTextOf)).toEqual(
          texts.map((text) => `Tides\n\n${text}`.trim().replaceAll('\0', '').toWellFormed()),
        );
        const isNoted = decoded?.notes.some(({ code }) => code === 'characters_replaced');
        expect(isNoted).toBe(storable.some((text, i) => text !== texts[i]));
      }),
    );
  });

  test('of another version, cut off anywhere or of other bytes is not used', () => {
    const staged = encodeStaged(documentOf([chunkOf('one'), chunkOf('two')]), target);
    expect(decodeStaged(staged, '5')).toBeNull();
    for (let end = 0; end < staged.byteLength; end++) expect(decodeStaged(staged.subarray(0, end), '6')).toBeNull();
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => expect(decodeStaged(bytes, '6')).toBeNull()));
  });
});
