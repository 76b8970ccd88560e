/** Tests that words of a PDF stay whole, however their glyphs are drawn. */

import { describe, expect, test } from '@jest/globals';
import iconv from 'iconv-lite';
import { toPdf } from '../../../test/harness/documents.ts';
import { extractPdf } from './pdf.ts';

const latin = (name: string, more = ''): string =>
  `<</Type/Font/Subtype/Type1/BaseFont/${name}/Encoding<</Differences[1/fl]>>${more}>>`;

/** A page whose text is drawn by these operators, with a font that has the ligature fl as its first character. */
function drawn(operators: string, font: readonly string[] = [latin('Helvetica')]): Uint8Array {
  const content = `BT /F1 12 Tf 50 700 Td ${operators} ET`;
  return toPdf(
    [
      '<</Type/Catalog/Pages 2 0 R>>',
      '<</Type/Pages/Count 1/Kids[3 0 R]>>',
      '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R>>',
      `<</Length ${content.length}>>stream\n${content}\nendstream`,
      ...font,
    ],
    1,
  );
}

/** Draws each character by itself, behind the one before, in this direction. */
function oneByOne(characters: readonly string[], matrix: string, [right, up]: readonly [number, number]): string {
  return characters.map((one, i) => `${matrix} ${50 + i * right} ${600 + i * up} Tm ${one} Tj`).join('\n');
}

async function textOf(pdf: Uint8Array): Promise<string> {
  return (await extractPdf(pdf)).text.trim();
}

describe('ligatures', () => {
  test('a space that is hidden below one does not tear its word', async () => {
    expect(await textOf(drawn('[(Verzwei\\001) 250 ( ) 30 (ung)] TJ'))).toBe('Verzweiflung');
  });

  test('a space behind one stays', async () => {
    expect(await textOf(drawn('(Wol\\001 und Schaf, sta\\001 of ships) Tj'))).toBe('Wolfl und Schaf, stafl of ships');
  });
});

describe('letters that are printed twice', () => {
  test('at nearly the same place are one', async () => {
    const twice = Array.from('Harbour').map(
      (letter, i) => `1 0 0 1 ${50 + i * 7.2} 700 Tm /F1 12 Tf (${letter}) Tj 1 -1 Td /F1 11.5 Tf (${letter}) Tj`,
    );
    expect(await textOf(drawn(twice.join('\n'), [latin('Courier')]))).toBe('Harbour');
  });

  test('beside each other are two', async () => {
    expect(await textOf(drawn('(aabbccdd 1100) Tj'))).toBe('aabbccdd 1100');
  });
});

describe('lines that run downwards', () => {
  test('vertical Japanese is one line, and the next column another', async () => {
    const font = [
      '<</Type/Font/Subtype/Type0/BaseFont/Gothic/Encoding/90ms-RKSJ-H/DescendantFonts[6 0 R]>>',
      '<</Type/Font/Subtype/CIDFontType0/BaseFont/Gothic/CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>/FontDescriptor 7 0 R>>',
      '<</Type/FontDescriptor/FontName(Gothic)/FontBBox[-200 -200 1200 1200]/Flags 4/ItalicAngle 0/Ascent 1000/Descent -200/StemV 80>>',
    ];
    const hex = (text: string): string => `<${iconv.encode(text, 'shift_jis').toString('hex')}>`;
    const column = (text: string, x: number): string =>
      Array.from(text)
        .map((one, i) => `1 0 0 1 ${x} ${600 - i * 12} Tm ${hex(one)} Tj`)
        .join('\n');
    const pdf = drawn(
      [`${hex('渡し船の時刻表')} Tj`, column('最終の渡し船は十時に出ます。', 300), column('冬は休みです。', 280)].join(
        '\n',
      ),
      font,
    );
    expect(await textOf(pdf)).toBe('渡し船の時刻表\n最終の渡し船は十時に出ます。\n冬は休みです。');
  });

  test('a line that is turned, letter by letter', async () => {
    const letters = oneByOne(
      Array.from('Map of the bay').map((letter) => `(${letter})`),
      '0 1 -1 0',
      [0, 7.2],
    );
    expect(await textOf(drawn(`(Harbours of the north) Tj\n${letters}`, [latin('Courier')]))).toBe(
      'Harbours of the north\nMap of the bay',
    );
  });

  test('letters below each other stay a list', async () => {
    const lines = ['Berths of the harbour', ...Array.from('abcde')].map(
      (line, i) => `1 0 0 1 50 ${700 - i * 14} Tm (${line}) Tj`,
    );
    expect(await textOf(drawn(lines.join('\n')))).toBe('Berths of the harbour\na\nb\nc\nd\ne');
  });
});

describe('letters that stand apart', () => {
  test('are words, with the spaces between them', async () => {
    // The font states that its characters have nearly no width.
    const narrow = latin('Courier', `/FirstChar 32/LastChar 122/Widths[${'40 '.repeat(91)}]`);
    const letters = oneByOne(
      Array.from('Notice of a public hearing').map((letter) => `(${letter})`),
      '1 0 0 1',
      [7.2, 0],
    );
    expect(await textOf(drawn(letters, [narrow]))).toBe('Notice of a public hearing');
  });

  test('are a word if its spaces are typed in capitals', async () => {
    expect(await textOf(drawn('(E X P O N E) Tj'))).toBe('EXPONE');
  });

  test('a list of small letters, or of columns, stays one', async () => {
    expect(await textOf(drawn('(a b c d e) Tj'))).toBe('a b c d e');
    const months = Array.from('JFMAMJJA').map((letter, i) => `1 0 0 1 ${50 + i * 30} 700 Tm (${letter}) Tj`);
    expect(await textOf(drawn(months.join('\n')))).toBe('J F M A M J J A');
  });
});
