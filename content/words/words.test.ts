/** Tests which words count as the same: the function is shared by the index and the question. */

import { describe, expect, test } from '@jest/globals';
import { lexemesOf, searchText, wordsOf } from './words.ts';

test.each([
  ['case, beyond ASCII as well', 'ÄRGER ОСВЕЩЕНИЕ Ύδωρ', 'arger освещение υδωρ'],
  ['accents', 'Jürgensen Ibáñez Łódź', 'jurgensen ibanez lodz'],
  ['ligatures and sharp s', 'Straße œuvre Ærø', 'strasse oeuvre aero'],
  ['full and half width', 'ＡＢＣ ﾗﾒﾝ', 'abc ラ メ ン'],
  ['separators of thousands', '3,498.60 1.850 10.20.0.1', '3498 60 1850 10 20 0 1'],
  ['identifiers', 'INV-2024-0017 pg_ctl error/F28', 'inv 2024 0017 pg ctl error f28'],
  ['scripts without spaces', '桟橋の工事', '桟 橋 の 工 事'],
  ['Hangul, whole', '선착장', '선 착 장'],
  ['Arabic vowel signs, and forms of alef', 'مُحَمَّدٌ أحمد إسلام آن ٱلله', 'محمد احمد اسلام ان الله'],
  ['keyboards for Arabic and for Persian', 'کتابی كتابي', 'كتابي كتابي'],
  ['a lengthened word, and endings written alike', 'كتـــاب مدرسة على', 'كتاب مدرسه علي'],
  ['points of Hebrew', 'שָׁלוֹם', 'שלום'],
  ['digits of other scripts', '٢٠٢٤ ۱۴۰۳ २०२४', '2024 1403 2024'],
  ['a sigma at the end of a word', 'ΟΔΟΣ οδος', 'οδοσ οδοσ'],
])('%s make no difference', (_name, text, expected) => {
  expect(searchText(text).replaceAll(/ +/g, ' ').trim()).toBe(expected);
});

describe('words of a text', () => {
  test('are stems in their places, without stop words', () => {
    expect(lexemesOf('The ferries leave at noon; the ferry')).toEqual([
      { lexeme: 'ferri', position: 2 },
      { lexeme: 'leav', position: 3 },
      { lexeme: 'noon', position: 5 },
      { lexeme: 'ferri', position: 7 },
    ]);
  });

  test('in a script without spaces are single characters, and every two adjacent ones', () => {
    expect(lexemesOf('桟橋 no 水').map(({ lexeme }) => lexeme)).toEqual(['桟', '桟橋', '橋', '水']);
  });

  test('are marked as strong if a text is mostly about them', () => {
    const filler = Array.from({ length: 250 }, (_, i) => `word${i}`).join(' ');
    expect(
      wordsOf(`${filler} harbour tides tides ${'ferry '.repeat(5)}`)
        .split(' ')
        .slice(-6),
    ).toEqual(['.harbour:251', '.tide:252,253', '+tide', '.ferri:254,255,256,257,258', '+ferri', '#ferri']);
  });

  test('stay within the limits of PostgreSQL for any text, and contain nothing that must be quoted', () => {
    const hostile = [
      "it's a:b\\c 'x' & | ! <-> * \0",
      'x'.repeat(5000),
      'ferry '.repeat(40_000),
      '🌊'.repeat(3000),
      '\u{20000}'.repeat(900),
    ];
    for (const text of hostile) {
      for (const lexeme of wordsOf(text)
        .split(' ')
        .filter((word) => word !== '')) {
        expect(lexeme).toMatch(/^[.+#][\p{L}\p{N}\p{M}]{1,200}(:\d+(,\d+){0,254})?$/u);
      }
    }
  });

  test('take time in proportion to the text', () => {
    const timeOf = (length: number): number => {
      const text = 'Häfen, piers & 3,498.60 tides 桟橋 '.repeat(length);
      const started = performance.now();
      wordsOf(text);
      return performance.now() - started;
    };
    timeOf(2000);
    const [once, tenfold] = [timeOf(2000), timeOf(20_000)];
    expect(tenfold).toBeLessThan(100 * once + 100);
  });
});
