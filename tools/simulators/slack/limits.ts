/**
 * The rate limit of each method (docs/vendors/slack.md#rate-tiers): by method and workspace, in windows of a minute.
 */

import type { SimResponse } from '../kit/server.ts';

export type Regime = 'none' | 'standard' | 'restricted';

const perMinute: Readonly<Record<string, number>> = {
  'conversations.list': 20,
  'users.list': 20,
  'auth.teams.list': 20,
  'users.conversations': 50,
  'conversations.info': 50,
  'conversations.history': 50,
  'conversations.replies': 50,
  'files.list': 50,
  'team.info': 50,
  'conversations.members': 100,
  'users.info': 100,
  'files.info': 100,
};
const threadReaders = new Set(['conversations.history', 'conversations.replies']);
const windowMs = 60_000;

export class Limits {
  regime: Regime = 'none';
  /** Milliseconds added to the clock. */
  skewMs = 0;
  readonly #windows = new Map<string, { readonly startedAt: number; used: number }>();

  /** Maximum number of messages per call. */
  get messages(): number {
    return this.regime === 'restricted' ? 15 : 999;
  }

  /** Returns a refusal, or null to continue. */
  spend(method: string): SimResponse | null {
    const limit = this.regime === 'restricted' && threadReaders.has(method) ? 1 : perMinute[method];
    if (this.regime === 'none' || limit === undefined) return null;
    const now = Date.now() + this.skewMs;
    const known = this.#windows.get(method);
    const window = known === undefined || now - known.startedAt >= windowMs ? { startedAt: now, used: 0 } : known;
    this.#windows.set(method, window);
    if (window.used < limit) {
      window.used++;
      return null;
    }
    const seconds = Math.ceil((window.startedAt + windowMs - now) / 1000);
    return { status: 429, headers: { 'retry-after': String(seconds) }, body: { ok: false, error: 'ratelimited' } };
  }
}
