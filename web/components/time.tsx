import { useSyncExternalStore } from 'react';
import { exactTime, relativeTime } from '../format.ts';

const tickMs = 10_000;
let now = Date.now();

function subscribe(changed: () => void): () => void {
  const timer = setInterval(() => {
    now = Date.now();
    changed();
  }, tickMs);
  return () => clearInterval(timer);
}

/** How long ago or ahead, kept true; the exact time in the viewer's zone on hover. */
export function Time({ at, none = '–' }: { readonly at: string | null | undefined; readonly none?: string }) {
  const current = useSyncExternalStore(subscribe, () => now);
  if (at === null || at === undefined) return <>{none}</>;
  return (
    <time dateTime={at} title={exactTime(at)} style={{ whiteSpace: 'nowrap' }}>
      {relativeTime(at, current)}
    </time>
  );
}
