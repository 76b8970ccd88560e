import { isSyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import type { Connector, ConnectorContext } from '../connector.ts';
import { chooseRoots } from './choices.ts';
import { createNotionCall, getUser } from './client.ts';
import type { NotionConfig } from './config.ts';
import { selecting } from '../selection.ts';
import { fetchContent } from './content.ts';
import { fieldsOf, stringOf } from '../loose.ts';
import { listFull, listWindow, startContainer, startFull, startWindow } from './listing.ts';
import { toItemRef } from './map.ts';
import { fetchFile, isFileId, lookUpFile } from './files.ts';
import { askedRoots, isDatabase, isInRoots, type NotionListing, placeOf, readPage, type Roots } from './places.ts';
import { readCursor } from './position.ts';

/**
 * The hundred pages that the last call may add beyond the limit are included, and each page may also be a container.
 */
const maxPageSize = 700;
/** Each id needs a call, and three calls a second are allowed. */
const lookUpBatchSize = 25;

/** Notion: the pages and database rows that were shared with one connection. Only reads. */
export function createNotionConnector(
  config: NotionConfig,
  context: ConnectorContext,
  apiBaseUrl: string | undefined,
): Connector {
  const call = createNotionCall(context, apiBaseUrl);
  // A simulated Notion serves files itself.
  const fileOrigin = apiBaseUrl === undefined ? null : new URL(apiBaseUrl).origin;
  const { isRefusedRepeatedly } = context;
  const listingOf = (signal: AbortSignal): NotionListing => ({ call, config, signal, isRefusedRepeatedly });
  return {
    sourceType: 'notion',
    reportsDeletions: false,
    hasChangeFeed: false,
    lookUpBatchSize,
    maxPageSize,
    ...selecting({ retainDays: config.retainDays }),
    check: async (signal) => ({ account: await accountOf(listingOf(signal)) }),
    listPage: async (position, signal) => {
      const listing = listingOf(signal);
      switch (position.at) {
        case 'start':
          return await listFull(listing, startFull(listing));
        case 'checkpoint':
          return await listWindow(listing, startWindow(position.checkpoint));
        case 'container':
          return await listFull(listing, startContainer(listing, position.externalId));
        case 'cursor': {
          const state = readCursor(position.cursor);
          return state.kind === 'full' ? await listFull(listing, state) : await listWindow(listing, state);
        }
      }
    },
    fetch: async (ref, signal, isLastTry = false) =>
      isFileId(ref.externalId)
        ? await fetchFile(listingOf(signal), ref, { origin: fileOrigin, maxBytes: context.maxItemBytes })
        : await fetchContent(listingOf(signal), ref, { maxBytes: context.maxItemBytes, isLastTry }),
    lookUp: (externalIds, signal) => lookUp(listingOf(signal), externalIds),
    choices: { roots: (within, signal) => chooseRoots(listingOf(signal), within) },
  };
}

/** Returns the workspace, and the person who signed in, if any. */
async function accountOf({ call, signal }: NotionListing): Promise<string> {
  const { bot } = await getUser(call, signal);
  const { owner, workspace_name: workspace } = fieldsOf(bot);
  const person = fieldsOf(fieldsOf(owner)['user']);
  const label = stringOf(fieldsOf(person['person'])['email']) || stringOf(person['name']);
  return `${stringOf(workspace) || 'Notion workspace'}${label === '' ? '' : ` (${label})`}`;
}

/** @throws SyncError if Notion gives no answer for an id: without an answer it is not deleted */
async function lookUp(listing: NotionListing, externalIds: readonly string[]): Promise<Entry[]> {
  const roots = askedRoots(listing);
  return await Promise.all(externalIds.map((externalId) => lookUpOne(listing, externalId, roots)));
}

async function lookUpOne(listing: NotionListing, externalId: string, roots: Roots): Promise<Entry> {
  try {
    if (isFileId(externalId)) return await lookUpFile(listing, externalId, roots);
    const page = await readPage(listing, externalId);
    if (page.in_trash) return { state: 'deleted', externalId };
    // A page without a readable parent cannot be placed inside or outside of the roots, so it is not deleted.
    if (page.parent !== undefined && !(await isInRoots(listing, roots, page))) return { state: 'deleted', externalId };
    return { state: 'present', ...toItemRef(page, (await placeOf(listing, page.parent))?.id ?? null) };
  } catch (error) {
    if (!isSyncError(error)) throw error;
    if (error.kind === 'not_found') return { state: 'deleted', externalId };
    // An unusable answer makes only its own page a gap. If the vendor is down or busy, the activity fails and is
    // retried.
    if (error.kind === 'unsupported' && !isFileId(externalId) && (await isDatabase(listing, externalId)))
      return { state: 'deleted', externalId };
    const isItsOwn = error.kind === 'forbidden' || error.kind === 'unsupported' || error.code === 'unexpected_answer';
    if (!isItsOwn) throw error;
    const { code, message } = error;
    return { state: 'gap', externalId, name: externalId, code, message, retryAfterMs: null };
  }
}
