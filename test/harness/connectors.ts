/** What the tests of connectors have in common: a sign-in at a simulator, and a listing walked to its end. */

import { tmpdir } from 'node:os';
import { pino } from 'pino';
import {
  type Checkpoint,
  type Entry,
  type Gap,
  type ListPage,
  type Position,
  type SourceType,
  type VendorName,
  vendorNames,
} from '../../domain/source.ts';
import type { Connector, ConnectorContext } from '../../sources/connectors/connector.ts';
import { definitionOf, sourceDefinitions } from '../../sources/connectors/registry.ts';
import { staticToken } from '../../sources/credentials/static-token.ts';

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

/** The types of source that sign in at a vendor. */
export const withSignIn = sourceDefinitions.filter(({ oauth }) => oauth !== null).map(({ type }) => type);

/** A connector whose vendor is at this address, with a token that is never checked. */
export async function connectorAt(type: SourceType, apiBaseUrl: string): Promise<Connector> {
  const code = await definitionOf(type).load();
  const vendors = Object.fromEntries(vendorNames.map((name) => [name, { apiBaseUrl }]));
  return code.createConnector(
    {},
    {
      tokens: staticToken('token'),
      throttle: async () => await Promise.resolve(),
      logger: pino({ level: 'silent' }),
      maxItemBytes: 1024,
    },
    { localFolderRoots: [tmpdir()], vendors: vendors as Record<VendorName, { readonly apiBaseUrl: string }> },
  );
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
