import { UnreachableDatabase } from '../../db/access/reach.ts';
import { UnreachableTemporal } from '../../platform/unreachable-temporal.ts';

/** What one check of `headwater doctor` found. */
export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly detail: string;
  /** What to do; null if nothing. */
  readonly action: string | null;
}

/** One check: it finds something, or fails with what to do. */
export interface Check {
  readonly name: string;
  readonly timeoutMs: number;
  readonly run: (signal: AbortSignal) => Promise<readonly Omit<Finding, 'check'>[]>;
  /** What to do if it throws or takes too long. */
  readonly action: string;
}

export const ok = (detail: string) => ({ state: 'ok', detail, action: null }) as const;
export const skipped = (detail: string) => ({ state: 'skipped', detail, action: null }) as const;
export const warning = (detail: string, action: string) => ({ state: 'warning', detail, action }) as const;
export const failed = (detail: string, action: string) => ({ state: 'failed', detail, action }) as const;

/** Runs a check; one that throws or takes too long has failed. */
export async function runCheck({ name, timeoutMs, run, action }: Check): Promise<Finding[]> {
  const signal = AbortSignal.timeout(timeoutMs);
  const { promise: late, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(new Error(`no answer within ${timeoutMs / 1000} seconds`)), {
    once: true,
  });
  try {
    const found = await Promise.race([run(signal), late]);
    return found.map((finding) => ({ check: name, ...finding }));
  } catch (error) {
    return [{ check: name, ...failed(messageOf(error), action) }];
  }
}

/** The innermost reason: what a connection says first is that it failed. */
function messageOf(error: unknown): string {
  if (!Error.isError(error)) return String(error);
  if (error instanceof UnreachableDatabase || error instanceof UnreachableTemporal) return error.message;
  if (error.cause !== undefined) return messageOf(error.cause);
  const errors: unknown = 'errors' in error ? error.errors : undefined;
  if (Array.isArray(errors) && errors.length > 0) return messageOf(errors[0]);
  return error.message === '' && 'code' in error ? String(error.code) : error.message;
}
