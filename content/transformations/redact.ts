import { findPhoneNumbersInText, isSupportedCountry } from 'libphonenumber-js';
import type { RE2JS } from 're2js';
import type { ConfigOf } from './configs.ts';
import { compilePattern } from './patterns.ts';

const email = /[\p{L}\p{N}._%+-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,63}/gu;
const card = /(?<!\d)[2-6]\d{3}(?:[ -]?\d){9,15}(?!\d)/g;
const iban = /(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}/g;
const minIbanLength = 15;

/**
 * Replaces private data with a word in brackets. The most specific types come first, because a card number must not be
 * taken for a phone number.
 */
export function redact(text: string, config: ConfigOf<'redact'>): string {
  let safe = text;
  if (config.emails) safe = safe.replace(email, '[email]');
  if (config.ibans) safe = safe.replace(iban, redactIban);
  if (config.cards) safe = safe.replace(card, (found) => (isCardNumber(found) ? '[card]' : found));
  if (config.phones) safe = redactPhones(safe, config.phoneCountry);
  for (const { pattern, label } of config.patterns) safe = redactPattern(safe, compilePattern(pattern), `[${label}]`);
  return safe;
}

/** Luhn: every second digit from the right is doubled, and the sum of digits must end in 0. */
function isCardNumber(found: string): boolean {
  const digits = found.replace(/\D/g, '').split('').toReversed().map(Number);
  const sum = digits.reduce((total, digit, i) => {
    const value = i % 2 === 1 ? digit * 2 : digit;
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/** Capitalized words may follow, so the longest beginning with correct check digits is the number. */
function redactIban(found: string): string {
  for (let end = found.length; end > minIbanLength; end--) {
    const candidate = found.slice(0, end);
    if (!candidate.endsWith(' ') && isIban(candidate.replaceAll(' ', ''))) return `[iban]${found.slice(end)}`;
  }
  return found;
}

/**
 * ISO 13616: the first four characters are moved to the end, letters become numbers, and the remainder modulo 97 must
 * be 1.
 */
function isIban(compact: string): boolean {
  if (compact.length < minIbanLength) return false;
  const digits = `${compact.slice(4)}${compact.slice(0, 4)}`.replace(/[A-Z]/g, (letter) =>
    String(Number.parseInt(letter, 36)),
  );
  return BigInt(digits) % 97n === 1n;
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
