/** Splits a question into terms for full-text search. */

import type { SearchTerm } from '../../domain/search.ts';
import { beginsUnspaced, lexemesOf, runsOfScript, searchText } from '../words/words.ts';

/** Limits the work of one search; 2,000 characters can contain about 900 words. */
const maxTerms = 64;

/** @returns the terms that the index supports: terms of stop words alone are left out */
export function toSearchTerms(terms: readonly string[]): SearchTerm[] {
  return terms.flatMap((written) => {
    const term = searchText(written).trim();
    const lexemes = lexemesOf(written);
    // The index stores two characters of a script without spaces as one word, which is more specific than both alone.
    const wanted =
      beginsUnspaced.test(written) && lexemes.length > 1 ? lexemes.filter(({ lexeme }) => lexeme.length > 1) : lexemes;
    const isPhrase = /\s/u.test(term) && !beginsUnspaced.test(written);
    return wanted.length > (isPhrase ? 1 : 0) ? [{ term, lexemes: wanted }] : [];
  });
}

/**
 * Returns single words, and phrases: whole identifiers (`INV-2024-0017`), letters and digits that others separate
 * (`TN2420`), neighboring words, and every two characters of scripts without spaces.
 * @returns distinct terms, single words first, at most 64
 */
export function toTerms(query: string): string[] {
  const words = query
    .normalize('NFKC')
    .split(/\s+/u)
    .flatMap((word) => word.match(runsOfScript) ?? []);
  const singles = words.flatMap((word) => (beginsUnspaced.test(word) ? pairsOfCharacters(word) : piecesOf(word)));
  const together = words.filter((word) => !beginsUnspaced.test(word)).flatMap((word) => phrasesOf(word));
  const spaced = words.filter((word) => !beginsUnspaced.test(word) && piecesOf(word).length > 0);
  const neighbors = spaced.slice(1).map((word, i) => `${spaced[i] ?? ''} ${word}`);
  return [...new Set([...singles, ...together, ...neighbors])].slice(0, maxTerms);
}

function piecesOf(word: string): string[] {
  return word.match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
}

function pairsOfCharacters(run: string): string[] {
  const characters = run.match(/./gu) ?? [];
  return characters.length === 1 ? characters : characters.slice(1).map((next, i) => `${characters[i] ?? ''}${next}`);
}

function phrasesOf(word: string): string[] {
  const pieces = piecesOf(word);
  const apart = word.replace(/(\p{L})(?=\p{N})|(\p{N})(?=\p{L})/gu, '$& ');
  return [...(pieces.length > 1 ? [word] : []), ...(apart === word ? [] : [apart])];
}
