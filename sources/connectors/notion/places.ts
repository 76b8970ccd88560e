/** Where pages lie, and whether the connection may see it. */

import { isSyncError } from '../../../domain/errors.ts';
import type { NotionCall } from './client.ts';
import type { NotionConfig } from './config.ts';
import { block, dataSource, type NotionDataSource, type NotionPage, page, type Parent } from './wire.ts';

export interface NotionListing {
  readonly call: NotionCall;
  readonly config: NotionConfig;
  readonly signal: AbortSignal;
}

/** A page or a data source that something lies in. Null: nothing that could be seen. */
export interface Place {
  readonly id: string;
  /** Known to be visible, since it took a call to find it. */
  readonly certain: boolean;
}

/** Blocks within blocks that are followed upwards. */
const maxBlockDepth = 30;

/** By whichever id is there: the type's name may be missing. */
export async function placeOf(listing: NotionListing, parent: Parent): Promise<Place | null> {
  const id = parent?.data_source_id ?? parent?.page_id;
  if (id !== undefined) return { id, certain: false };
  return parent?.block_id === undefined ? null : await pageOfBlock(listing, parent.block_id);
}

/** A page in a column or a toggle names the block it lies in. */
async function pageOfBlock({ call, signal }: NotionListing, blockId: string): Promise<Place | null> {
  let id = blockId;
  for (let depth = 0; depth < maxBlockDepth; depth++) {
    const current = id;
    const subject = { scope: 'container', call: 'blocks.retrieve' } as const;
    const found = await orNull(
      call(subject, block, signal, async (notion) => await notion.blocks.retrieve({ block_id: current })),
    );
    if (found?.parent?.page_id !== undefined) return { id: found.parent.page_id, certain: true };
    if (found?.parent?.block_id === undefined) return null;
    id = found.parent.block_id;
  }
  return null;
}

export async function isVisible(listing: NotionListing, id: string): Promise<boolean> {
  return (await findPage(listing, id)) !== null || (await findDataSource(listing, id)) !== null;
}

/** @throws SyncError where Notion does not tell; `not_found` where it is not there or not shared, `unsupported` where it is no page */
export async function readPage({ call, signal }: NotionListing, id: string): Promise<NotionPage> {
  const subject = { scope: 'item', call: 'pages.retrieve' } as const;
  return await call(subject, page, signal, async (notion) => await notion.pages.retrieve({ page_id: id }));
}

/** Null: not there, not shared, or no page. */
export async function findPage(listing: NotionListing, id: string): Promise<NotionPage | null> {
  return await orNull(readPage(listing, id));
}

export async function findDataSource({ call, signal }: NotionListing, id: string): Promise<NotionDataSource | null> {
  const subject = { scope: 'container', call: 'data_sources.retrieve' } as const;
  return await orNull(
    call(subject, dataSource, signal, async (notion) => await notion.dataSources.retrieve({ data_source_id: id })),
  );
}

/** Does the page lie in one of the configured roots? */
export async function isInRoots(
  listing: NotionListing,
  roots: ReadonlySet<string>,
  { id, parent }: Pick<NotionPage, 'id' | 'parent'>,
  known: Map<string, boolean>,
): Promise<boolean> {
  if (roots.size === 0 || roots.has(id)) return true;
  if (parent?.database_id !== undefined && roots.has(parent.database_id)) return true;
  const place = await placeOf(listing, parent);
  return place !== null && (await isPlaceInRoots(listing, roots, place.id, known));
}

async function isPlaceInRoots(
  listing: NotionListing,
  roots: ReadonlySet<string>,
  id: string,
  known: Map<string, boolean>,
): Promise<boolean> {
  if (roots.has(id)) return true;
  const before = known.get(id);
  if (before !== undefined) return before;
  // Whatever the answers say, a ring of parents ends.
  known.set(id, false);
  const found = await findPage(listing, id);
  const isIn =
    found === null
      ? await isDataSourceInRoots(listing, roots, id, known)
      : await isInRoots(listing, roots, found, known);
  known.set(id, isIn);
  return isIn;
}

async function isDataSourceInRoots(
  listing: NotionListing,
  roots: ReadonlySet<string>,
  id: string,
  known: Map<string, boolean>,
): Promise<boolean> {
  const found = await findDataSource(listing, id);
  if (found === null) return false;
  if (found.parent?.database_id !== undefined && roots.has(found.parent.database_id)) return true;
  const place = await placeOf(listing, found.database_parent);
  return place !== null && (await isPlaceInRoots(listing, roots, place.id, known));
}

/** Not there, not shared, or not of the kind that was asked for: all the same to whoever looks for a place. */
export async function orNull<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (isSyncError(error) && (error.kind === 'not_found' || error.kind === 'unsupported')) return null;
    throw error;
  }
}
