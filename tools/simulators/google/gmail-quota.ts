/** The cost of each call per user, in a project created after 1 May 2026 (docs/vendors/gmail.md#quotas). */

import type { SimResponse } from '../kit/server.ts';
import { gmailError } from './gmail.ts';
import type { Mailbox } from './mailbox.ts';

interface Spent {
  total: number;
  readonly lately: { readonly at: number; readonly units: number }[];
}

const spentBy = new WeakMap<Mailbox, Spent>();

/** Units that this mailbox's owner has spent so far. */
export function unitsSpent(mailbox: Mailbox): number {
  return spentBy.get(mailbox)?.total ?? 0;
}

/** Counts one call. @returns the refusal once the minute's units are used up; a refused call costs nothing */
export function spend(
  mailbox: Mailbox,
  perMinute: number | null,
  room: string,
  id: string | undefined,
  inner: string | undefined,
  params: URLSearchParams,
): SimResponse | null {
  const spent = spentBy.get(mailbox) ?? { total: 0, lately: [] };
  spentBy.set(mailbox, spent);
  const units = unitsOf(room, id, inner, params);
  const now = Date.now();
  while (spent.lately[0] !== undefined && spent.lately[0].at < now - 60_000) spent.lately.shift();
  const inMinute = spent.lately.reduce((sum, call) => sum + call.units, 0);
  if (perMinute !== null && inMinute + units > perMinute)
    return gmailError(403, 'userRateLimitExceeded', 'User Rate Limit Exceeded', 'PERMISSION_DENIED');
  spent.total += units;
  if (perMinute !== null) spent.lately.push({ at: now, units });
  return null;
}

function unitsOf(room: string, id: string | undefined, inner: string | undefined, params: URLSearchParams): number {
  if (room === 'history') return 2;
  if (room === 'profile' || room === 'labels') return 1;
  if (id === undefined) return 5;
  if (inner === 'attachments') return 20;
  return ['metadata', 'minimal'].includes(params.get('format') ?? 'full') ? 20 : 60;
}
