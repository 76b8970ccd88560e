/** What the tests of connectors have in common: a sign-in at a simulator, and a listing walked to its end. */

import { pino } from 'pino';
import type { Checkpoint, Entry, Gap, ListPage, Position } from '../../domain/source.ts';
import type { Connector, ConnectorContext } from '../../sources/connectors/connector.ts';

const calm = new AbortController().signal;

/** A context without a rate limit, whose access token is issued anew whenever it is rejected. */
export function contextOf(issue: () => { readonly accessToken: string }, maxItemBytes = 64 * 1024): ConnectorContext {
  let current = issue().accessToken;
  return {
    tokens: {
      accessToken: () => Promise.resolve(current),
      invalidate: () => {
        current = issue().accessToken;
      },
    },
    throttle: () => Promise.resolve(),
    logger: pino({ level: 'silent' }),
    maxItemBytes,
  };
}

export interface Walked {
  /** The last entry of each id. */
  readonly known: ReadonlyMap<string, Entry>;
  readonly gaps: readonly Gap[];
  readonly end: Extract<ListPage['next'], { more: false }>;
}

/** Lists page after page to the end. */
export async function walk(connector: Connector, from: Position = { at: 'start' }): Promise<Walked> {
  const known = new Map<string, Entry>();
  const gaps: Gap[] = [];
  for (let position = from; ;) {
    const { entries, next } = await connector.listPage(position, calm);
    for (const entry of entries) {
      if (entry.state === 'gap') gaps.push(entry);
      else if ('externalId' in entry) known.set(entry.externalId, entry);
    }
    if (!next.more) return { known, gaps, end: next };
    position = { at: 'cursor', cursor: next.cursor };
  }
}

/** The position from which the change feed continues after a listing. */
export function feed({ end }: Walked): Position {
  return { at: 'checkpoint', checkpoint: end.checkpoint as Checkpoint };
}

export function deletedIn({ known }: Walked): string[] {
  return [...known].filter(([, entry]) => entry.state === 'deleted').map(([id]) => id);
}
