/** Tests which words count as the same: the function is shared by the index and the question. */

import { describe, expect, test } from '@jest/globals';
import { lexemesOf, respellingsOf, searchText, wordsOf } from './words.ts';

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
  ['digits of more scripts', '২০২৪ ๒๕๖๗', '2024 2567'],
  ['a sigma at the end of a word', 'ΟΔΟΣ οδος', 'οδοσ οδοσ'],
  ['spaces of a fixed width between digits', '7\u202f654\u202f321 1’250’000', '7654321 1250000'],
  ['what nobody sees within a word', 'Schiff\u00adfahrt 葛\u{e0100} क्\u200dष', 'schifffahrt 葛 क्ष'],
  ['nasals and dots of Hindi', 'हिन्दी हिंदी जहाज़', 'हिंदी हिंदी जहाज'],
  ['signs and notes at a word', 'Headwater™ harbour² CO₂ m²', 'headwater harbour co2 m2'],
  ['pictures, which are words', 'big🌊 👩🏽\u200d🚀 ❤\ufe0f', 'big 🌊 👩 🚀 ❤'],
  ['letters of Iceland', 'Þórður', 'thordur'],
  ['names of signs', 'C++ c# F# .NET', 'cplusplus csharp fsharp dotnet'],
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

  test.each([
    ['a hyphen', 'Wi-Fi', 'wi fi wifi'],
    ['another hyphen', 'Wi‑Fi', 'wi fi wifi'],
    ['humps', 'getUserById HTTPServer', 'get user id getuserbyid http server httpserver'],
    ['digits at the end', 'AnnualReport2019', 'annual report 2019 annualreport2019'],
    ['underscores', 'max_retry_delay', 'max retri delay maxretrydelay'],
    ['a number in a file’s name', 'backup_AB-1234', 'backup ab 1234 ab1234'],
    ['a slash between digits', 'AB-1234/5 and/or', 'ab 1234 5 ab12345'],
    ['points between letters', 'U.S.A. end.Begin', 'u usa end begin'],
    ['an apostrophe in a name', 'O’Neill', 'o neill oneil'],
    ['a place where it may be broken', 'می\u200cخواهم', 'مي خواهم ميخواهم'],
  ])('are also one where %s joins them', (_name, text, expected) => {
    expect(
      lexemesOf(text)
        .map(({ lexeme }) => lexeme)
        .join(' '),
    ).toBe(expected);
  });

  test.each([
    "it's the ship's",
    "l'hôtel dell'altro",
    '3.14 12.50 7-8',
    '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d',
  ])('are not one in %j', (text) => expect(lexemesOf(text).filter(({ isJoined }) => isJoined)).toEqual([]));

  test('that are joined are found, and make a text neither longer nor more about them', () => {
    expect(wordsOf('Wi-Fi').split(' ')).toEqual(['.wi:1', '+wi', '#wi', '.fi:2', '+fi', '#fi', '.wifi:2']);
    expect(
      wordsOf('Wi-Fi, wifi')
        .split(' ')
        .filter((word) => word.includes('wifi')),
    ).toEqual(['.wifi:3', '+wifi', '#wifi']);
  });

  test('are marked as strong if a text is mostly about them', () => {
    const filler = Array.from({ length: 250 }, (_, i) => `w${i}`).join(' ');
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
        expect(lexeme).toMatch(/^[.+#]([\p{L}\p{N}\p{M}]{1,200}|\p{Extended_Pictographic})(:\d+(,\d+){0,254})?$/u);
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

test.each([
  ['Müller', ['mueller']],
  ['Mueller', ['muller']],
  ['Sørensen', ['soerensen']],
  ['Aalborg', ['alborg']],
  ['Strasse', []],
  ['blue queue toe neue', []],
])('other spellings of %s', (word, expected) => {
  expect(word.split(' ').flatMap((one) => respellingsOf(one))).toEqual(expected);
});
