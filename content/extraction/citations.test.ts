/** A hit is cited as people would: with the page, the sheet or the slide, and the headings above it. */

import { utils, write } from '@e965/xlsx';
import { strToU8 } from 'fflate';
import { expect, test } from '@jest/globals';
import { makeDocx, makePdf, makePptx, shape, words } from '../../test/harness/documents.ts';
import { citationOf } from '../../domain/documents.ts';
import { extractDocument } from './extract-document.ts';
import { transformDocument } from './transform-document.ts';

/** Each chunk as `citation: its first words`. */
async function citationsOf(name: string, bytes: Uint8Array): Promise<string[]> {
  const document = await extractDocument({ bytes, mimeType: '', name });
  const facts = {
    sourceType: 'local_folder',
    itemType: 'file',
    name,
    path: name,
    mimeType: null,
    size: null,
    modifiedAt: null,
  } as const;
  const result = await transformDocument({ document, facts, transformations: [] });
  return 'document' in result ? result.document.chunks.map((chunk) => citationOf(name, chunk.place)) : [];
}

const prose = (about: string): string[] =>
  Array.from(
    { length: 40 },
    (_, i) => `The harbour master decides about the ${about} of ship ${i * 7919} before it comes.`,
  );
const heading = (level: number, text: string): string =>
  `<w:p><w:pPr><w:outlineLvl w:val="${level - 1}"/><w:pStyle w:val="Heading${level}"/></w:pPr><w:r><w:t>${text}</w:t></w:r></w:p>`;
const styles = [1, 2].map(
  (level) => `<w:style w:styleId="Heading${level}"><w:name w:val="heading ${level}"/></w:style>`,
);

test('a PDF by its page and its bookmarks', async () => {
  const pages = Array.from({ length: 12 }, (_, i) => (i === 11 ? ['Berths', ...prose('berth')] : prose(`page ${i}`)));
  const citations = await citationsOf('Tariffs.pdf', makePdf(pages, [{ title: 'Berths', page: 11 }]));
  expect(citations[0]).toMatch(/^Tariffs\.pdf, pp?\. 1(–2)?$/);
  expect(citations.at(-1)).toBe('Tariffs.pdf, p. 12, Berths');
});

test('a letter by the headings above', async () => {
  const body = `${heading(1, 'Berths')}${words(...prose('quay'))}${heading(2, 'Winter')}${words(...prose('ice'))}`;
  const citations = await citationsOf('Rules.docx', makeDocx(body, { 'styles.xml': styles.join('') }));
  expect(citations[0]).toBe('Rules.docx, Berths');
  expect(citations.at(-1)).toBe('Rules.docx, Berths > Winter');
});

test('a workbook by its sheet, slides by their number and title, a page by its headings', async () => {
  const book = utils.book_new();
  for (const name of ['Piers', 'Dues'])
    utils.book_append_sheet(
      book,
      utils.aoa_to_sheet([['Ship', 'Text'], ...prose(name).map((text, i) => [`Ship ${i}`, text])]),
      name,
    );
  const sheets = await citationsOf(
    'Harbour.xlsx',
    new Uint8Array(write(book, { type: 'array', bookType: 'xlsx' }) as ArrayBuffer),
  );
  expect([...new Set(sheets)]).toEqual(['Harbour.xlsx, Piers', 'Harbour.xlsx, Dues']);
  const slides = ['Tides', 'Ferries'].map((title, i) => ({
    part: i + 1,
    body:
      shape(title, 'title') +
      prose(title)
        .map((text) => shape(text))
        .join(''),
  }));
  expect([...new Set(await citationsOf('Talk.pptx', makePptx(slides)))]).toEqual([
    'Talk.pptx, Slide 1: Tides',
    'Talk.pptx, Slide 2: Ferries',
  ]);
  const page = `<h1>Berths</h1>${prose('quay')
    .map((text) => `<p>${text}</p>`)
    .join('')}<h2>Winter</h2>${prose('ice')
    .map((text) => `<p>${text}</p>`)
    .join('')}`;
  expect((await citationsOf('Rules.html', strToU8(page))).at(-1)).toBe('Rules.html, Berths > Winter');
});
