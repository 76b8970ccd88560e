/** Parsers for arguments and options; each rejects a value with a message that says what is expected. */

import { InvalidArgumentError } from 'commander';

/** The address at which `npm start` serves the API, unless it was given another port. */
export const defaultUrl = 'http://127.0.0.1:3000';

export function parseJson(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Reported below; in most cases the shell has removed the quotes.
  }
  throw new InvalidArgumentError(
    'It must be JSON, as the help of this command shows. Put it in single quotes, so that the shell keeps its double quotes.',
  );
}

export function parseAddress(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new InvalidArgumentError('It must be a URL such as http://127.0.0.1:3000.');
}

export function parseToken(text: string): string {
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw new InvalidArgumentError('It must be one word of ASCII characters.');
}

function parseWhole(text: string, min: number, max: number): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= min && count <= max) return count;
  throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
}

/** The number of rows that a list shows. */
export function parseCount(text: string): number {
  return parseWhole(text, 1, 200);
}

export function parsePartSize(text: string): number {
  return parseWhole(text, 1, 1_000_000);
}

export function parseHitCount(text: string): number {
  return parseWhole(text, 1, 50);
}

export function parseTokens(text: string): number {
  return parseWhole(text, 100, 32_000);
}

/** A limit for a job's speed; null removes it. */
export function parseSpeed(text: string): number | null {
  if (text === 'usual') return null;
  const value = Number(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('It must be a number above 0, or "usual".');
}
