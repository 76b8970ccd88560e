/** Splits a question into terms for full-text search. */

import type { Lexeme, SearchTerm } from '../../domain/search.ts';
import {
  beginsUnspaced,
  eachWord,
  hump,
  joinedWords,
  lexemesOf,
  markHumps,
  respellingsOf,
  runsOfScript,
  searchText,
  spellNames,
} from '../words/words.ts';

/** Limits the work of one search; 2,000 characters can contain about 900 words. */
const maxTerms = 64;

/** @returns the terms that the index supports: terms of stop words alone are left out */
export function toSearchTerms(terms: readonly string[]): SearchTerm[] {
  return terms.flatMap((written) => {
    const term = searchText(written).trim();
    const lexemes = wantedOf(written);
    const isPhrase = /\s/u.test(written.trim()) || piecesOf(written).length > 1;
    if (lexemes.length < (isPhrase && !beginsUnspaced.test(written) ? 2 : 1)) return [];
    const respelled = lexemes.length > 1 ? [] : respellingsOf(written).flatMap((other) => lexemesOf(other));
    return [{ term, lexemes, respelled: respelled.map(({ lexeme }) => lexeme) }];
  });
}

function wantedOf(written: string): readonly Lexeme[] {
  const all = lexemesOf(written);
  const parts = all.filter(({ isJoined }) => !isJoined);
  // The index stores two characters of a script without spaces as one word, which is more specific than both alone.
  if (beginsUnspaced.test(written) && parts.length > 1) return parts.filter(({ lexeme }) => lexeme.length > 1);
  const whole = piecesOf(written)[0] === written ? all.find(({ isJoined }) => isJoined) : undefined;
  return whole === undefined ? parts : [{ lexeme: whole.lexeme, position: whole.position }];
}

/**
 * Returns single words, and phrases: whole identifiers (`INV-2024-0017`), letters and digits that others separate
 * (`TN2420`), neighboring words, and every two characters of scripts without spaces. What others write as one word is
 * a single word, too (`e-mail`, `15 kg`).
 * @returns distinct terms, single words first, at most 64: of more, those of stop words are left out
 */
export function toTerms(query: string): string[] {
  const words = spellNames(query)
    .normalize('NFKC')
    .split(/\s+/u)
    .flatMap((word) => word.match(runsOfScript) ?? []);
  const singles = words.flatMap((word) => (beginsUnspaced.test(word) ? pairsOfCharacters(word) : singlesOf(word)));
  const together = words.filter((word) => !beginsUnspaced.test(word)).flatMap((word) => phrasesOf(word));
  const spaced = words.filter((word) => !beginsUnspaced.test(word) && piecesOf(word).length > 0);
  const neighbors = spaced.slice(1).map((word, i) => `${spaced[i] ?? ''} ${word}`);
  const all = [...new Set([...singles, ...joinedNeighbors(spaced), ...together, ...neighbors])];
  if (all.length <= maxTerms) return all;
  return all.filter((term) => lexemesOf(term).length > 0).slice(0, maxTerms);
}

function piecesOf(word: string): string[] {
  return word.match(eachWord) ?? [];
}

/** The parts of a name that is written without spaces (`getUserById`) are looked up as a whole only. */
function singlesOf(word: string): string[] {
  const pieces = piecesOf(word).flatMap((piece) => joinedWords(piece)[0] ?? piece);
  const joined = joinedWords(word).filter((whole) => pieces.length > 1 && !pieces.includes(whole));
  // The letters of an abbreviation with points are no words of their own.
  if (joined.length === 1 && pieces.every((piece) => piece.length === 1)) return joined;
  return [...pieces, ...joined, ...(groupsOfAccount(word)?.split(' ') ?? [])];
}

const account = /^[a-z]{2}\d{2}[a-z0-9]{11,30}$/iu;
const minAccountDigits = 10;

/** A bank account number is printed in groups of four. */
function groupsOfAccount(word: string): string | null {
  const isAccount = account.test(word) && word.replaceAll(/\D/gu, '').length >= minAccountDigits;
  return isAccount ? word.replaceAll(/.{4}(?=.)/gu, '$& ') : null;
}

/** Numbers in groups, and a number with its unit or series, which others write as one word: `0170 123 4567`, `15 kg`. */
function joinedNeighbors(words: readonly string[]): string[] {
  const plain = words.map((word) => piecesOf(word).join(''));
  const isNumber = plain.map((word) => /^\p{Nd}+$/u.test(word));
  const withUnit = plain.slice(1).flatMap((word, i) => {
    const before = plain[i] ?? '';
    const isPair = isNumber[i] !== isNumber[i + 1] && (isNumber[i] ? maxUnit.test(word) : maxUnit.test(before));
    return isPair ? [before + word] : [];
  });
  const numbers: string[] = [];
  for (let at = 0; at < plain.length; at++) {
    let end = at;
    while (holdsDigit.test(plain[end] ?? '')) end++;
    if (end > at + 1) numbers.push(plain.slice(at, end).join(''));
    at = end;
  }
  return [...withUnit, ...numbers.filter((number) => number.length >= minGrouped && number.length <= maxGrouped)];
}

const maxUnit = /^\p{L}{1,3}$/u;
const holdsDigit = /\p{Nd}/u;
const [minGrouped, maxGrouped] = [7, 34];

function pairsOfCharacters(run: string): string[] {
  const characters = run.match(/./gu) ?? [];
  return characters.length === 1 ? characters : characters.slice(1).map((next, i) => `${characters[i] ?? ''}${next}`);
}

function phrasesOf(word: string): string[] {
  const pieces = piecesOf(word);
  const apart = word.replace(/(\p{L})(?=\p{N})|(\p{N})(?=\p{L})/gu, '$& ');
  const named = markHumps(word).replaceAll(hump, ' ');
  const groups = groupsOfAccount(word);
  return [
    ...(pieces.length > 1 ? [word] : []),
    ...(named === word ? [] : [named]),
    ...(apart === word ? [] : [apart]),
    ...(groups === null ? [] : [groups]),
  ];
}
