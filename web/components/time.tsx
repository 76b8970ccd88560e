import { useSyncExternalStore } from 'react';
import { serverNow } from '../api/connection.ts';
import { exactTime, relativeTime } from '../format.ts';

const tickMs = 5000;
let now = serverNow();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function tick(): void {
  now = serverNow();
  for (const changed of listeners) changed();
}

/** One clock for all times on the page. It stops while nothing shows a time or the tab is hidden, and is updated when it continues. */
function subscribe(changed: () => void): () => void {
  if (listeners.size === 0) {
    now = serverNow();
    timer = setInterval(tick, tickMs);
    document.addEventListener('visibilitychange', tick);
  }
  listeners.add(changed);
  return () => {
    listeners.delete(changed);
    if (listeners.size > 0) return;
    clearInterval(timer);
    document.removeEventListener('visibilitychange', tick);
  };
}

interface TimeProps {
  readonly at: string | null | undefined;
  /** Shown if there is no time. */
  readonly none?: string;
  /** Shown once a time that was expected has passed. */
  readonly due?: string;
}

/** A relative time that is kept up to date; the exact time in the viewer's time zone is shown on hover. */
export function Time({ at, none = '–', due }: TimeProps) {
  const current = useSyncExternalStore(subscribe, () => now);
  if (at === null || at === undefined) return <>{none}</>;
  const isDue = due !== undefined && Date.parse(at) <= current;
  return (
    <time dateTime={at} title={exactTime(at)} style={{ whiteSpace: 'nowrap' }}>
      {isDue ? due : relativeTime(at, current)}
    </time>
  );
}
