import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { countTokens } from 'gpt-tokenizer/encoding/cl100k_base';
import { wordsOf } from '../words/words.ts';
import { chunkText } from './chunk.ts';
import { tableToText, toTable } from './extract/tables.ts';

const paragraph = (i: number): string =>
  `Paragraph ${i} speaks of ${'harbours, ships and tides '.repeat(6)}and of ${i * 7919}.`;
const article = (count: number): string[] => Array.from({ length: count }, (_, i) => paragraph(i));

describe('chunks of a text', () => {
  test('joined, are the text: nothing is lost or duplicated', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constant('# Heading'), fc.lorem({ maxCount: 80 }))),
        (parts) => {
          const text = parts.join('\n\n');
          fc.pre(text.trim() !== '');
          expect(
            chunkText(text)
              .map((chunk) => chunk.text)
              .join(''),
          ).toBe(text);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('have the words of their text, also where a long paragraph was cut', () => {
    const long = [
      'x'.repeat(5000),
      '3.498,60'.repeat(900),
      '桟橋の工事。'.repeat(900),
      'ΟΔΟΣ'.repeat(900),
      'it’s e\u0301. '.repeat(900),
    ];
    const part = fc.oneof(fc.constantFrom(...long), fc.string({ unit: 'binary' }), fc.lorem({ maxCount: 80 }));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), fc.constantFrom('', ' ', '\n\n'), (parts, between) => {
        const chunks = chunkText(parts.join(between).toWellFormed());
        expect(chunks.map((chunk) => chunk.words)).toEqual(chunks.map((chunk) => wordsOf(chunk.text)));
      }),
      { numRuns: 60 },
    );
  });

  test('stay far below the embedder’s limit of 8,192 tokens, whatever the text', () => {
    const hostile = [
      'x'.repeat(50_000),
      '漢字'.repeat(20_000),
      'a b '.repeat(20_000),
      '🌊'.repeat(10_000),
      article(400).join('\n\n'),
    ];
    for (const text of hostile) {
      for (const chunk of chunkText(text)) {
        expect(chunk.tokens).toBeLessThan(4000);
        expect(countTokens(chunk.embeddingText)).toBeLessThan(4000);
      }
    }
  });

  test('an edit in the middle of a long text changes its own chunk and at most the next one’s overlap (P5)', () => {
    const paragraphs = article(200);
    const before = new Set(chunkText(paragraphs.join('\n\n')).map((chunk) => chunk.textHash));
    expect(before.size).toBeGreaterThan(15);
    for (const at of [0, 57, 120, 199]) {
      const edited = chunkText(paragraphs.with(at, `${paragraphs[at]} One more sentence.`).join('\n\n'));
      expect(edited.filter((chunk) => !before.has(chunk.textHash)).length).toBeLessThanOrEqual(3);
    }
  });

  test('a paragraph inserted at the front or removed does not move all the others', () => {
    const paragraphs = article(200);
    const before = new Set(chunkText(paragraphs.join('\n\n')).map((chunk) => chunk.textHash));
    for (const changed of [['A new beginning.', ...paragraphs], paragraphs.slice(1)]) {
      const after = chunkText(changed.join('\n\n'));
      expect(after.filter((chunk) => !before.has(chunk.textHash)).length).toBeLessThanOrEqual(2);
    }
  });

  test('any edit changes only a few chunks, however long the text: the others keep their hash and their vector (P5)', () => {
    // Paragraphs as people write them: a dozen words or more, each different, of a vocabulary of some thousands.
    const prose = fc
      .record({ seed: fc.nat(), words: fc.integer({ min: 12, max: 90 }) })
      .map(({ seed, words }) =>
        Array.from({ length: words }, (_, i) => ((seed + i * 7919) % 5003).toString(36)).join(' '),
      );
    const edit = fc.record({
      at: fc.nat(299),
      do: fc.constantFrom('replace' as const, 'insert' as const, 'remove' as const),
      words: prose,
    });
    const changed: number[] = [];
    fc.assert(
      fc.property(fc.array(prose, { minLength: 300, maxLength: 300 }), edit, (paragraphs, { at, ...how }) => {
        const before = new Set(chunkText(paragraphs.join('\n\n')).map((chunk) => chunk.textHash));
        const put = how.do === 'remove' ? [] : [how.words];
        const edited = paragraphs.toSpliced(at, how.do === 'insert' ? 0 : 1, ...put);
        const after = chunkText(edited.join('\n\n'));
        changed.push(after.filter((chunk) => !before.has(chunk.textHash)).length);
        // The boundaries of both texts meet again by chance, on average after one or two of some ninety chunks; each
        // further one is a third as likely as the one before.
        expect(changed.at(-1)).toBeLessThanOrEqual(25);
      }),
      { numRuns: 60 },
    );
    expect(changed.reduce((sum, count) => sum + count, 0) / changed.length).toBeLessThan(3);
  });

  test('know the headings above them and the end of the previous part', () => {
    const text = `# Harbour\n\n## Tides\n\n${article(30).join('\n\n')}`;
    const [, second] = chunkText(text);
    expect(second?.embeddingText).toMatch(/^Harbour > Tides\n\n/);
    expect(second?.embeddingText.length).toBeGreaterThan(second?.text.length ?? 0);
  });

  test('a text of megabytes takes seconds, not minutes', () => {
    const began = process.threadCpuUsage();
    expect(chunkText('word '.repeat(400_000)).length).toBeGreaterThan(100);
    expect(process.threadCpuUsage(began).user / 1000).toBeLessThan(20_000);
  });

  test('know their pages, and the headings above their first words', () => {
    const pages = [
      `# Tariffs\n\n${article(12).join('\n\n')}`,
      article(12).join('\n\n'),
      `# Berths\n\n## Winter\n\n${article(12).join('\n\n')}`,
    ];
    const chunks = chunkText(pages.join('\n\n\f'), null, { isPaged: true });
    expect(chunks[0]?.place).toMatchObject({ headings: ['Tariffs'], pages: { first: 1 } });
    expect(chunks.at(-1)?.place).toEqual({ headings: ['Berths', 'Winter'], pages: { first: 3, last: 3 } });
    for (const [i, { place }] of chunks.entries())
      expect(place.pages?.first).toBeGreaterThanOrEqual(chunks[i - 1]?.place.pages?.last ?? 1);
    expect(chunkText(pages.join('\f'))[0]?.place.pages).toBeNull();
  });

  test('end at sentence ends, even in text with wrapped lines', () => {
    const sentence = (i: number): string =>
      `The harbour master of pier ${i} decides in winter which of the ships may come to lie at the quay.`;
    const words = Array.from({ length: 120 }, (_, i) => sentence(i))
      .join(' ')
      .split(' ');
    const lines = Array.from({ length: Math.ceil(words.length / 12) }, (_, i) =>
      words.slice(i * 12, i * 12 + 12).join(' '),
    );
    const chunks = chunkText(lines.join('\n'));
    expect(chunks.length).toBeGreaterThan(3);
    for (const chunk of chunks) expect(chunk.text.trim()).toMatch(/\.$/);
  });

  test('contain whole rows of a table, and the names of its columns', () => {
    const rows = Array.from({ length: 300 }, (_, i) => [`Marit ${i}`, String(i), `North pier ${i}`]);
    const table = tableToText(toTable([['Ship', 'Length', 'Berth'], ...rows]));
    const chunks = chunkText(table);
    expect(chunks.length).toBeGreaterThan(3);
    for (const chunk of chunks) {
      expect(chunk.text).toMatch(/Ship[^]*Length[^]*Berth/);
      for (const line of chunk.text
        .trim()
        .split('\n')
        .filter((row) => row.includes(': ')))
        expect(line).toMatch(/^Ship: Marit \d+ \| Length: \d+ \| Berth: North pier \d+$/);
    }
  });

  test('of a wide table with short cells are below its header', () => {
    const names = Array.from({ length: 12 }, (_, i) => `Quarterly figure of pier ${i}`);
    const rows = Array.from({ length: 400 }, (_, i) => names.map((_name, j) => String((i * j) % 9)));
    for (const chunk of chunkText(tableToText(toTable([names, ...rows]))))
      expect(chunk.text).toContain('Quarterly figure of pier 3');
  });

  test('of a long table begin with a description: its rows, its columns, their range or their few values', () => {
    const rows = Array.from({ length: 300 }, (_, i) => [`Marit ${i}`, String(i), i % 2 === 0 ? 'North' : 'South']);
    const text = tableToText(toTable([['Ship', 'Length', 'Pier'], ...rows]));
    expect(text).toMatch(/^A table of 300 rows with the columns Ship, Length \(0 to 299\), Pier \(North; South\)\.\n/);
    expect(tableToText(toTable([['Ship', 'Length'], ...rows.slice(0, 20)]))).not.toContain('A table of');
    const wide = tableToText(toTable([Array.from({ length: 900 }, (_, i) => `Column ${i}`), ...rows]));
    expect(wide.indexOf('\n')).toBeLessThan(1200);
  });
});
