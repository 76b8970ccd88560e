/** Reads how long a server asks its clients to wait. */

/**
 * Reads a Retry-After header (RFC 9110, section 10.2.3) in milliseconds: seconds, also with a fraction, or a date. A
 * date is compared with the answer's own Date, because the server's clock may differ from ours.
 * @returns undefined if there is no time to wait for, or none that can be read
 */
export function retryAfterMs(headers: Pick<Headers, 'get'>, name = 'retry-after'): number | undefined {
  return waitOf(headers.get(name), headers.get('date'));
}

/** @param value a header's text, or a number of seconds from a body */
export function waitOf(value: unknown, answeredAt: string | null = null): number | undefined {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  // A proxy that repeats a header joins its values with a comma.
  const seconds = /^(\d{1,15}(?:\.\d{1,9})?)\s*(?:,|$)/.exec(text)?.[1];
  const ms = seconds === undefined ? untilDate(text, answeredAt) : Number(seconds) * 1000;
  return ms > 0 ? ms : undefined;
}

/** Date.parse alone reads a date into nearly any text with a number. */
const date = /^(?:[A-Za-z]{3,9},? |\d{4}-\d\d-\d\dT)/;

function untilDate(text: string, answeredAt: string | null): number {
  const answered = Date.parse(answeredAt ?? '');
  return date.test(text) ? Date.parse(text) - (Number.isNaN(answered) ? Date.now() : answered) : Number.NaN;
}
