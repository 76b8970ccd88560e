import { SyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import type { Connector, ConnectorContext } from '../connector.ts';
import { chooseRoots } from './choices.ts';
import { createNotionCall } from './client.ts';
import type { NotionConfig } from './config.ts';
import { fetchContent } from './content.ts';
import { listFull, listWindow, rootsOf, startFull, startWindow } from './listing.ts';
import { toItemRef } from './map.ts';
import { findPage, isInRoots, type NotionListing, placeOf } from './places.ts';
import { readCursor } from './position.ts';

/** A hundred pages more than it takes to end one of ours, each also as what others lie in. */
const maxPageSize = 700;

/** Notion: the pages and database rows that were shared with one connection. Reads only. */
export function createNotionConnector(
  config: NotionConfig,
  context: ConnectorContext,
  apiBaseUrl: string | undefined,
): Connector {
  const call = createNotionCall(context, apiBaseUrl);
  const listingOf = (signal: AbortSignal): NotionListing => ({ call, config, signal });
  return {
    sourceType: 'notion',
    reportsDeletions: false,
    hasChangeFeed: false,
    maxPageSize,
    check: async (signal) => ({ account: await accountOf(listingOf(signal)) }),
    listPage: async (position, signal) => {
      const listing = listingOf(signal);
      switch (position.at) {
        case 'start':
          return await listFull(listing, startFull(listing));
        case 'checkpoint':
          return await listWindow(listing, startWindow(position.checkpoint));
        case 'container':
          throw new SyncError('invalid_input', { message: 'Notion has no feed that announces containers.' });
        case 'cursor': {
          const state = readCursor(position.cursor);
          return state.kind === 'full' ? await listFull(listing, state) : await listWindow(listing, state);
        }
      }
    },
    fetch: async (ref, signal) => await fetchContent(listingOf(signal), ref, context.maxItemBytes),
    lookUp: async (externalIds, signal) => await lookUp(listingOf(signal), externalIds),
    choices: { roots: async (within, signal) => await chooseRoots(listingOf(signal), within) },
  };
}

/** The workspace, and who gave the permission where somebody signed in. */
async function accountOf({ call, signal }: NotionListing): Promise<string> {
  const user = await call('account', signal, async (notion) => await notion.users.me({}));
  if (user.type !== 'bot' || !('owner' in user.bot)) return 'Notion workspace';
  const { owner, workspace_name: workspace } = user.bot;
  const person = owner.type === 'user' && 'person' in owner.user ? (owner.user.person.email ?? owner.user.name) : null;
  return `${workspace ?? 'Notion workspace'}${person === null ? '' : ` (${person})`}`;
}

async function lookUp(listing: NotionListing, externalIds: readonly string[]): Promise<Entry[]> {
  const roots = new Set(rootsOf(listing));
  const known = new Map<string, boolean>();
  return await Promise.all(
    externalIds.map(async (externalId): Promise<Entry> => {
      const page = await findPage(listing, externalId);
      if (page === null || page.in_trash || !(await isInRoots(listing, roots, page, known))) {
        return { state: 'gone', externalId };
      }
      return { state: 'present', ...toItemRef(page, (await placeOf(listing, page.parent))?.id ?? null) };
    }),
  );
}
