import { expect, test } from '@jest/globals';
import { passageFinder } from './passage.ts';

const marked = (text: string, ...terms: string[]): string[] => {
  const { snippet, highlights } = passageFinder(terms)(text);
  return highlights.map(({ start, end }) => snippet.slice(start, end));
};

test.each([
  ['the word itself, whatever its case and accents', 'Frau Jürgensen holt Angebote', ['jurgensen'], ['Jürgensen']],
  ['other forms of it', 'The ferry: ferries leave', ['ferries', 'leaving'], ['ferry', 'ferries', 'leave']],
  ['longer words that begin with it', 'Die Rechnungsnummer', ['Rechnung'], ['Rechnungsnummer']],
  ['not words that only look similar', 'a control of contracts', ['contract'], ['contracts']],
  ['pairs of characters, joined', '桟橋の改修工事は', ['桟橋', '橋の', '工事'], ['桟橋の', '工事']],
  ['after characters of two units', '🌊🌊 ferry 🌊', ['ferry'], ['ferry']],
  ['what is spelled in another way', 'Łódź w Danii: Ærø, كتابٌ', ['lodz', 'aero', 'کتاب'], ['Łódź', 'Ærø', 'كتابٌ']],
  ['several words as the one that they are', 'the Wi-Fi of AB-1234/5', ['wifi', 'ab12345'], ['Wi-Fi', 'AB-1234/5']],
  ['a number with its separators', 'in total 9,876,543', ['9876543'], ['9,876,543']],
  ['parts of a name', 'call getUserById()', ['user'], ['User']],
  ['a word with places where it may be broken', 'die Schiff\u00adfahrt', ['Schifffahrt'], ['Schiff\u00adfahrt']],
  ['both spellings of an umlaut', 'Müller, Koehler', ['Mueller', 'Köhler'], ['Müller', 'Koehler']],
  ['a word each time, where words have no spaces', '桟橋と桟橋', ['桟橋'], ['桟橋', '桟橋']],
  ['a picture', 'ahoy 🌊!', ['🌊'], ['🌊']],
  ['nothing if nothing matches', 'bread', ['ferry'], []],
])('marks %s', (_name, text, terms, expected) => expect(marked(text, ...terms)).toEqual(expected));

test('of a long text the part with most of the words is shown, cut between words, with correct marks', () => {
  const filler = 'Nothing of interest is said in this part of it. '.repeat(20);
  const text = `${filler}The ferry stops here. ${filler}On Sunday the ferry leaves the pier at noon. ${filler}`;
  const { snippet, highlights } = passageFinder(['ferry', 'pier', 'Sunday'])(text);
  expect(snippet).toMatch(/^….*On Sunday the ferry leaves the pier at noon\..*…$/);
  expect(snippet.length).toBeLessThanOrEqual(332);
  expect(highlights.map(({ start, end }) => snippet.slice(start, end))).toEqual(['Sunday', 'ferry', 'pier']);
});

test('a match too long for the part is not shown, and does not count', () => {
  const long = 'ferry'.repeat(60);
  const text = `${long} ferry ${long} ${'of no interest '.repeat(30)} a ferry at the pier`;
  expect(passageFinder(['ferry', 'pier', long])(text).snippet).toMatch(/^….* a ferry at the pier$/);
});

test('a text without any space or complete characters is cut anyway, never inside a character', () => {
  const { snippet } = passageFinder([])(`x${'🌊'.repeat(400)}`);
  expect(snippet.isWellFormed()).toBe(true);
  expect(snippet.length).toBeLessThan(310);
});
