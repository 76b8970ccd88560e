/**
 * A mail's text contains the author's own text, a signature, and often all earlier messages. Everything is kept; the
 * last two are marked. Each ends at the next heading of their level, which is that of an attachment.
 */

import { lowerHeadings } from './lower-headings.ts';

/** A signature has fewer lines than this; anything longer is text after a line of two dashes. */
const maxSignature = 15;

/** Any number of dashes: `\W*` matches all but two of them, because two repeats of dashes would take quadratic time. */
const separator =
  /^\W*--\s*(original message|ursprüngliche nachricht|message d.origine|mensaje original|messaggio originale)\s*--\W*$/i;
const forward =
  /^\W*(--\s*(forwarded message|weitergeleitete nachricht|message transféré|mensaje reenviado)|begin forwarded message:)/i;
/** "On Monday, Bo wrote:" in the most common languages of mail programs. */
const attribution =
  /^(on|am|le|el|il|op|den|em|w dniu)\b.{3,400}(wrote|schrieb|a écrit|escribió|ha scritto|schreef|skrev|escreveu|napisał).{0,100}:\s*$/i;
/** The header lines that Outlook puts above quoted text, which it marks in no other way. */
const outlookFirst = /^\W*(from|von|de|da|van|från)\s*:/i;
const outlookSecond = /^\W*(sent|date|gesendet|datum|envoyé|enviado|inviato|verzonden|skickat)\s*:/i;

/** Inserts a heading before the signature and before purely quoted text; answers between quoted lines stay in place. */
export function markQuotedReplies(body: string): string {
  const lines = body.split(/\r?\n/);
  const end = endOfSigned(lines);
  const quotedAt = findQuoted(lines.slice(0, end));
  const signatureAt = end < lines.length ? end : findSignature(lines.slice(0, quotedAt));
  const own = lines.slice(0, Math.min(quotedAt, signatureAt));
  const signature = end < lines.length ? lines.slice(end + 1) : lines.slice(signatureAt + 1, quotedAt);
  const quoted = lines.slice(quotedAt, end);
  const isForward = forward.test(quoted.find((line) => line.trim() !== '') ?? '');
  return [
    own.join('\n').trim(),
    section('Signature', signature),
    section(isForward ? 'Forwarded message' : 'Earlier messages', quoted),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function section(title: string, lines: readonly string[]): string {
  const text = lines.join('\n').trim();
  return text === '' ? '' : `## ${title}\n\n${lowerHeadings(text)}`;
}

/** Authors who answer below the quotation sign at the very end. Returns the end of the text before that signature. */
function endOfSigned(lines: readonly string[]): number {
  const at = findSignature(lines);
  const goesOn = lines.some((line, i) => i > at && (isQuote(line) || isQuoteHead(lines, i)));
  return goesOn ? lines.length : at;
}

function findSignature(lines: readonly string[]): number {
  const at = lines.findLastIndex((line) => /^--\s*$/.test(line));
  return at === -1 || lines.length - at > maxSignature ? lines.length : at;
}

/** Returns the line after which only earlier messages follow. */
function findQuoted(lines: readonly string[]): number {
  const head = lines.findIndex((_line, i) => isQuoteHead(lines, i));
  const last = lines.findLastIndex((line) => line.trim() !== '' && !isQuote(line));
  const first = lines.findIndex((line, i) => i > last && isQuote(line));
  return Math.min(head === -1 ? lines.length : head, first === -1 ? lines.length : withAttribution(lines, first, last));
}

/** The line or two that name the quoted person belong to the quotation. */
function withAttribution(lines: readonly string[], first: number, last: number): number {
  if (attribution.test((lines[last] ?? '').trim())) return last;
  if (last > 0 && attribution.test(`${lines[last - 1]?.trim()} ${lines[last]?.trim()}`)) return last - 1;
  return first;
}

function isQuoteHead(lines: readonly string[], at: number): boolean {
  const line = lines[at] ?? '';
  if (separator.test(line) || forward.test(line)) return true;
  return outlookFirst.test(line) && lines.slice(at + 1, at + 4).some((next) => outlookSecond.test(next));
}

function isQuote(line: string): boolean {
  return line.startsWith('>');
}
