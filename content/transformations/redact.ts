import { findPhoneNumbersInText, isSupportedCountry } from 'libphonenumber-js';
import type { RE2JS } from 're2js';
import type { ConfigOf } from './configs.ts';
import { compilePattern } from './patterns.ts';

const email = /[\p{L}\p{N}._%+-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,63}/gu;
const cardStart = /(?<!\d)[2-6]\d{3}/g;
const cardDigits = { min: 13, max: 19 } as const;
/** Groups of a card number have at least this many digits, except for the last one; those of a date have two. */
const minGroup = 3;
const ibanStart = /(?<![A-Z0-9])[A-Z]{2}\d{2}/g;
const ibanCharacters = { min: 15, max: 34 } as const;

/**
 * Replaces private data with a word in brackets. The most specific types come first, because a card number must not be
 * taken for a phone number.
 */
export function redact(text: string, config: ConfigOf<'redact'>): string {
  let safe = text;
  if (config.emails) safe = safe.replace(email, '[email]');
  if (config.ibans) safe = redactNumbers(safe, ibanStart, endOfIban, '[iban]');
  if (config.cards) safe = redactNumbers(safe, cardStart, endOfCard, '[card]');
  if (config.phones) safe = redactPhones(safe, config.phoneCountry);
  for (const { pattern, label } of config.patterns) safe = redactPattern(safe, compilePattern(pattern), `[${label}]`);
  return safe;
}

/**
 * Examines every possible start, because a date or a word before a number may look like its beginning. What overlaps is
 * replaced as a whole, because only its check digits say which one is the number, and they are right by chance, too.
 * @param endOf returns the end of the number that starts there, or null if there is none
 */
function redactNumbers(
  text: string,
  starts: RegExp,
  endOf: (text: string, start: number) => number | null,
  label: string,
): string {
  const ranges: [number, number][] = [];
  for (const { index } of text.matchAll(starts)) {
    const end = endOf(text, index);
    const previous = ranges.at(-1);
    if (end === null) continue;
    if (previous !== undefined && index < previous[1]) previous[1] = Math.max(previous[1], end);
    else ranges.push([index, end]);
  }
  return replaceRanges(text, ranges, label);
}

/** The longest number with a correct check digit, because others may follow it. */
function endOfCard(text: string, start: number): number | null {
  let end: number | null = null;
  let digits = '';
  let group = 0;
  for (let at = start; at < text.length; at++) {
    if (isDigit(text[at])) {
      digits += text[at];
      group++;
      if (digits.length > cardDigits.max) break;
      if (digits.length >= cardDigits.min && !isDigit(text[at + 1]) && isCardNumber(digits)) end = at + 1;
    } else {
      const isGap = text[at] === ' ' || text[at] === '-';
      if (!isGap || group < minGroup || !isDigit(text[at + 1])) break;
      group = 0;
    }
  }
  return end;
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}

/** Luhn: every second digit from the right is doubled, and the sum of digits must end in 0. */
function isCardNumber(digits: string): boolean {
  const sum = digits
    .split('')
    .toReversed()
    .map(Number)
    .reduce((total, digit, i) => {
      const value = i % 2 === 1 ? digit * 2 : digit;
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return sum % 10 === 0;
}

/**
 * The longest number with correct check digits (ISO 13616), because capitalized words may follow it: the first four
 * characters are moved to the end, letters become numbers, and the remainder modulo 97 must be 1.
 */
function endOfIban(text: string, start: number): number | null {
  const first = remainderWith(0, text.slice(start, start + 4));
  let end: number | null = null;
  let remainder = 0;
  let count = 4;
  for (let at = start + 4; count < ibanCharacters.max; at++) {
    if (text[at] === ' ' && text[at - 1] !== ' ') continue;
    if (!/[A-Z0-9]/.test(text[at] ?? '')) break;
    remainder = remainderWith(remainder, text[at] ?? '');
    count++;
    // The first four characters are six digits.
    if (count >= ibanCharacters.min && (remainder * 1_000_000 + first) % 97 === 1) end = at + 1;
  }
  return end;
}

/** The remainder modulo 97 of a number to which these characters are appended. */
function remainderWith(remainder: number, characters: string): number {
  return characters.split('').reduce((so, character) => {
    const value = Number.parseInt(character, 36);
    return (so * (value > 9 ? 100 : 10) + value) % 97;
  }, remainder);
}

function redactPhones(text: string, country: string | undefined): string {
  const options = country !== undefined && isSupportedCountry(country) ? { defaultCountry: country } : {};
  const found = findPhoneNumbersInText(text, options);
  return replaceRanges(
    text,
    found.map(({ startsAt, endsAt }) => [startsAt, endsAt]),
    '[phone]',
  );
}

function redactPattern(text: string, pattern: RE2JS, label: string): string {
  const matcher = pattern.matcher(text);
  const ranges: [number, number][] = [];
  while (matcher.find()) if (matcher.end() > matcher.start()) ranges.push([matcher.start(), matcher.end()]);
  return replaceRanges(text, ranges, label);
}

function replaceRanges(text: string, ranges: readonly (readonly [number, number])[], label: string): string {
  const parts: string[] = [];
  let at = 0;
  for (const [start, end] of ranges) {
    parts.push(text.slice(at, start), label);
    at = end;
  }
  return [...parts, text.slice(at)].join('');
}
