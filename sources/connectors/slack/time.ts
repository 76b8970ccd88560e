/** Slack's timestamps are ids: text of seconds and microseconds, compared as text and never as numbers (docs/vendors/slack.md#messages-and-threads). */

const dayMs = 24 * 3_600_000;

/** Before the first possible message. */
export const beginning = '0000000000.000000';

export function toTimestamp(ms: number): string {
  return `${String(Math.floor(ms / 1000)).padStart(10, '0')}.${String(ms % 1000).padStart(3, '0')}000`;
}

export function toIso(timestamp: string): string {
  return new Date(toMs(timestamp)).toISOString();
}

/** Returns the day (UTC) of a message: `2026-01-05`. In another time zone, messages would move to other documents. */
export function dateOf(timestamp: string): string {
  return toIso(timestamp).slice(0, 10);
}

/** Days of which the free plan shows the messages (docs/vendors/slack.md#messages-and-threads). */
const daysOfFreePlan = 90;

/** Slack may hide messages some hours early or late. */
const marginDays = 1;

/** Returns the newest day of which the free plan may hide something. @param now milliseconds since 1970 */
export function newestHiddenDate(now: number): string {
  return new Date(now - (daysOfFreePlan - marginDays) * dayMs).toISOString().slice(0, 10);
}

/** Returns the moment before which the free plan hides everything. @param now milliseconds since 1970 */
export function surelyHiddenBefore(now: number): string {
  return toTimestamp(now - (daysOfFreePlan + marginDays) * dayMs);
}

/** Returns the first and the last moment of the day. */
export function boundsOf(date: string): { readonly oldest: string; readonly latest: string } {
  const start = Date.parse(`${date}T00:00:00Z`);
  return { oldest: toTimestamp(start), latest: toTimestamp(start + dayMs - 1).replace(/\d{3}$/, '999') };
}

/** Returns the start of the day that is this many days earlier. */
export function daysBefore(timestamp: string, days: number): string {
  return boundsOf(new Date(toMs(timestamp) - days * dayMs).toISOString().slice(0, 10)).oldest;
}

/** Returns all days from one moment to another, both included. */
export function datesBetween(oldest: string, latest: string): string[] {
  const first = Date.parse(dateOf(oldest));
  const count = Math.floor((toMs(latest) - first) / dayMs) + 1;
  return Array.from({ length: count }, (_, i) => new Date(first + i * dayMs).toISOString().slice(0, 10));
}

function toMs(timestamp: string): number {
  return Number(timestamp.slice(0, 10)) * 1000 + Number(timestamp.slice(11, 14));
}
