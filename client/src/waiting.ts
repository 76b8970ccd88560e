/** Waiting for the end of what runs for minutes or hours, during which Headwater itself may be updated. */

import { HeadwaterError } from './errors.ts';
import { type CallOptions, wait } from './request.ts';

export interface WaitOptions<State> extends CallOptions {
  /** How often it is looked at, 1,000 ms if not set. */
  readonly pollMs?: number;
  /** Called with each look. */
  readonly onProgress?: (state: State) => void;
  /** How long Headwater may be away once it has answered: 300,000 ms if not set. */
  readonly maxOutageMs?: number;
  /** Called with each look that found nobody. */
  readonly onOutage?: (error: HeadwaterError) => void;
}

/** @returns the first state that is an end. @throws HeadwaterError, also if Headwater is away at the first look */
export async function waitForEnd<State extends { readonly status: string }>(
  look: (call: CallOptions) => Promise<State>,
  { pollMs = 1000, maxOutageMs = 300_000, onProgress, onOutage, ...call }: WaitOptions<State>,
): Promise<State> {
  for (let answeredAt: number | null = null; ;) {
    const state = await look(call).catch((error: unknown) => {
      if (!isOutage(error) || answeredAt === null || Date.now() - answeredAt > maxOutageMs) throw error;
      onOutage?.(error);
      return null;
    });
    if (state !== null) {
      answeredAt = Date.now();
      onProgress?.(state);
      if (state.status !== 'pending' && state.status !== 'running') return state;
    }
    await wait(pollMs, call.signal);
  }
}

/** Whether Headwater, or what it needs, is away for a moment, so that the same request may succeed later. */
function isOutage(error: unknown): error is HeadwaterError {
  if (!(error instanceof HeadwaterError)) return false;
  return ['unreachable', 'timeout'].includes(error.code) || [429, 502, 503, 504].includes(error.status);
}
