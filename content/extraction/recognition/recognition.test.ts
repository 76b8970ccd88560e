import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makePdf, makeScan } from '../../../test/harness/documents.ts';
import { pictureOf } from '../../../test/harness/pictures.ts';
import type { RecognizedPage } from '../../../domain/reading.ts';
import { extractDocument } from '../extract-document.ts';
import { createRecognizer } from '../recognizer.ts';
import { recognizePage } from './recognize-page.ts';
import { recognize } from './tesseract.ts';

const pictures = join(import.meta.dirname, '..', '..', '..', 'test', 'harness', 'files');
const pictureNamed = (name: string): Uint8Array => Uint8Array.from(readFileSync(join(pictures, name)));
const calm = new AbortController().signal;
const ferry = 'The ferry leaves at 22:15';

/** Reads a document as activities do: scanned pages are recognized first, then everything is read. */
async function readAll(name: string, bytes: Uint8Array) {
  const input = { bytes, name, mimeType: '' };
  const { scannedPages = [] } = await extractDocument({ ...input, recognized: [] });
  const recognized: RecognizedPage[] = [];
  for (const page of scannedPages) recognized.push(await recognizePage({ bytes, page, languages: 'eng' }));
  return { scannedPages, ...(await extractDocument({ ...input, recognized })) };
}

const refusalOf = async (name: string, bytes: Uint8Array): Promise<unknown> =>
  await readAll(name, bytes).catch((error: unknown) => error);

describe('pictures', () => {
  test.each(['ferry.png', 'ferry.jpg', 'ferry.webp', 'ferry.gif', 'ferry.bmp', 'ferry-on-its-side.png'])(
    '%s is read, with a confidence',
    async (name) => {
      const { text, metadata } = await readAll(name, pictureNamed(name));
      expect(text).toBe(ferry);
      expect(metadata).toMatchObject({ format: 'picture', recognisedPages: 1 });
      expect(metadata['recognitionConfidence']).toBeGreaterThan(80);
    },
  );

  test('a bitmap of 32 bits a pixel', async () => {
    const drawn = Buffer.from(await pictureOf(ferry));
    const [, width = 0, height = 0] = (/^P5\n(\d+) (\d+)/.exec(drawn.toString('latin1', 0, 40)) ?? []).map(Number);
    const head = Buffer.alloc(54);
    head.write('BM');
    head.writeUInt32LE(54, 10);
    head.writeUInt32LE(40, 14);
    head.writeInt32LE(width, 18);
    head.writeInt32LE(-height, 22);
    head.writeUInt16LE(1, 26);
    head.writeUInt16LE(32, 28);
    const pixels = Buffer.from(
      [...drawn.subarray(drawn.indexOf('\n255\n') + 5)].flatMap((grey) => [grey, grey, grey, 0]),
    );
    expect((await readAll('a.bmp', Buffer.concat([head, pixels]))).text).toBe(ferry);
  });

  test('a fax of several pages, page by page', async () => {
    const { text, metadata } = await readAll('a.tiff', pictureNamed('minutes-of-three-pages.tiff'));
    expect(text.split('\f').map((page) => page.trim())).toEqual([
      ferry,
      'High water is at noon',
      'The north pier is closed',
    ]);
    expect(metadata).toMatchObject({ pages: 3, recognisedPages: 3 });
  });

  test('its content decides its type, whatever its name', async () => {
    expect((await readAll('ferry.md', pictureNamed('ferry.png'))).text).toBe(ferry);
  });

  test('an image without text says so', async () => {
    const blank = Buffer.concat([Buffer.from('P5\n400 300\n255\n'), Buffer.alloc(400 * 300, 255)]);
    expect(await recognizePage({ bytes: blank, page: 0, languages: 'eng' })).toMatchObject({ text: '' });
  });

  test.each([
    [1, 1],
    [1, 3000],
    [3000, 1],
    [7, 7],
    [8, 8],
    [3000, 9],
  ])('an image of %i by %i pixels has no text, and does no harm', async (width, height) => {
    const pixels = new Uint8Array(width * height).fill(200);
    const picture = Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`), pixels]);
    expect(await recognize(picture, 'eng')).toMatchObject({ text: '' });
  });

  test('an image with too many pixels is refused by its header, a damaged one by its content', async () => {
    const huge = Buffer.from(pictureNamed('ferry.png'));
    huge.writeUInt32BE(30_000, 16);
    huge.writeUInt32BE(30_000, 20);
    expect(await refusalOf('a.png', huge)).toMatchObject({ kind: 'too_large', code: 'picture_too_large' });
    expect(await refusalOf('a.png', pictureNamed('ferry.png').slice(0, 300))).toMatchObject({ code: 'corrupt' });
    expect(await refusalOf('a.jpg', Buffer.from('ffd8ffe000104a464946', 'hex'))).toMatchObject({ code: 'corrupt' });
  });

  test('without text recognition they are skipped', async () => {
    const input = { bytes: pictureNamed('ferry.png'), name: 'ferry.png', mimeType: 'image/png' };
    await expect(extractDocument(input)).rejects.toMatchObject({
      code: 'unsupported_type',
      message: expect.stringMatching(/switched off/),
    });
  });
});

describe('scanned PDFs', () => {
  test('a scan is read, and its chunks know their pages', async () => {
    const scan = makeScan([await pictureOf(ferry), await pictureOf('Berths are paid in advance')]);
    const { text, metadata, scannedPages } = await readAll('a.pdf', scan);
    expect(scannedPages).toEqual([0, 1]);
    expect(text).toBe(`${ferry}\n\n\fBerths are paid in advance`);
    expect(metadata).toMatchObject({ pages: 2, recognisedPages: 2, recognitionConfidence: expect.any(Number) });
  });

  test('pages with text, and empty ones, are not recognized', async () => {
    const { scannedPages, text, metadata } = await readAll('a.pdf', makePdf([['High water at noon.'], []]));
    expect(scannedPages).toEqual([]);
    expect(text).toContain('High water at noon.');
    expect(metadata).toMatchObject({ pages: 2, pagesWithoutText: 1 });
  });

  test('without text recognition a scan says what to do', async () => {
    const scan = makeScan([await pictureOf(ferry)]);
    await expect(extractDocument({ bytes: scan, name: 'a.pdf', mimeType: '' })).rejects.toMatchObject({
      code: 'no_text',
      message: expect.stringMatching(/recognition is switched off/),
    });
  });
});

describe('in a separate process', () => {
  const limits = { languages: ['eng'], maxMemoryMb: 1024 };
  const patient = createRecognizer({ ...limits, pageTimeoutMs: 60_000 });
  let scan: Uint8Array;
  beforeAll(async () => {
    scan = makeScan([await pictureOf(ferry, ferry, ferry)]);
  });
  afterAll(async () => await patient[Symbol.asyncDispose]());

  test('the result is the same, and errors come back as messages', async () => {
    expect(await patient.recognize({ bytes: scan, page: 0 }, calm, 'ana')).toMatchObject({
      page: 0,
      text: expect.stringContaining(ferry),
    });
    await expect(
      patient.recognize({ bytes: pictureNamed('ferry.png').slice(0, 300), page: 0 }, calm, 'ana'),
    ).rejects.toMatchObject({ kind: 'unreadable', code: 'corrupt' });
  });

  test('a page that takes too long is stopped, and fails rather than being skipped', async () => {
    await using hasty = createRecognizer({ ...limits, pageTimeoutMs: 50 });
    await expect(hasty.recognize({ bytes: scan, page: 0 }, calm, 'ana')).rejects.toMatchObject({
      code: 'recognition_timeout',
      message: expect.stringMatching(/page 1 .*0\.05 s/),
    });
  });
});
