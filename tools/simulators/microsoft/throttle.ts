import type { SimResponse } from '../kit/server.ts';
import { apiError } from './errors.ts';

/** Resource units of one application in one tenant (docs/vendors/onedrive.md#errors-and-throttling). */
export class Throttle {
  /** Number of units before calls are refused; null: no limit. */
  limit: number | null = null;
  retryAfterS = 2;
  used = 0;

  reset(): void {
    this.used = 0;
  }

  /** Returns a refusal, or null to continue. Traffic without an application name has half the limit. */
  spend(units: number, userAgent: string | undefined): SimResponse | null {
    this.used += units;
    const limit =
      this.limit === null ? null : /^(NON)?ISV\|[^|]+\|[^|]+$/.test(userAgent ?? '') ? this.limit : this.limit / 2;
    if (limit === null || this.used <= limit) return null;
    return apiError(
      429,
      'activityLimitReached',
      'The app or user has been throttled.',
      { code: 'throttledRequest' },
      {
        'retry-after': String(this.retryAfterS),
        ...this.headers(),
      },
    );
  }

  /** The headers appear near the limit. */
  headers(): Record<string, string> {
    if (this.limit === null || this.used < this.limit * 0.8) return {};
    return {
      'ratelimit-limit': String(this.limit),
      'ratelimit-remaining': String(Math.max(0, this.limit - this.used)),
      'ratelimit-reset': String(this.retryAfterS),
    };
  }
}
