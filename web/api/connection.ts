/** The state of the server as its answers show it: its clock, and whether it answers at all. */

import { useSyncExternalStore } from 'react';

/** Differences below this are the header's own coarseness and the way of the answer, in milliseconds. */
const coarsenessMs = 2000;
let aheadMs = 0;
let silentSince: number | null = null;
const listeners = new Set<() => void>();

/** The server's clock in milliseconds: times come from it, and a viewer's own may be minutes off. */
export const serverNow = (): number => Date.now() + aheadMs;

/** @param date the `Date` header */
export function noteAnswer(date: string | null): void {
  const ahead = Date.parse(date ?? '') - Date.now();
  if (Math.abs(ahead - aheadMs) > coarsenessMs) aheadMs = Math.abs(ahead) > coarsenessMs ? ahead : 0;
  setSilentSince(null);
}

export function noteSilence(): void {
  setSilentSince(silentSince ?? Date.now());
}

function setSilentSince(at: number | null): void {
  if (at === silentSince) return;
  silentSince = at;
  for (const changed of listeners) changed();
}

function subscribe(changed: () => void): () => void {
  listeners.add(changed);
  return () => listeners.delete(changed);
}

/** Since when the server has not answered, by the viewer's clock; null while it does. What is shown may be out of date. */
export function useSilentSince(): number | null {
  return useSyncExternalStore(subscribe, () => silentSince);
}
