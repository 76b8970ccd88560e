/** Where pages lie, and whether the connection may see it. */

import {
  type DataSourceObjectResponse,
  isFullBlock,
  isFullDataSource,
  isFullPage,
  type PageObjectResponse,
} from '@notionhq/client';
import { isSyncError } from '../../../domain/errors.ts';
import type { NotionCall } from './client.ts';
import type { NotionConfig } from './config.ts';

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

type Parent = PageObjectResponse['parent'] | DataSourceObjectResponse['database_parent'];

/** Blocks within blocks that are followed upwards. */
const deepestBlock = 30;

export async function placeOf(listing: NotionListing, parent: Parent): Promise<Place | null> {
  switch (parent.type) {
    case 'page_id':
      return { id: parent.page_id, certain: false };
    case 'data_source_id':
      return { id: parent.data_source_id, certain: false };
    case 'block_id':
      return await pageOfBlock(listing, parent.block_id);
    case 'workspace':
    case 'database_id':
    case 'agent_id':
    default:
      return null;
  }
}

/** A page in a column or a toggle names the block it lies in. */
async function pageOfBlock({ call, signal }: NotionListing, blockId: string): Promise<Place | null> {
  let id = blockId;
  for (let depth = 0; depth < deepestBlock; depth++) {
    const current = id;
    const block = await orNull(
      call('position', signal, async (notion) => await notion.blocks.retrieve({ block_id: current })),
    );
    if (block === null || !isFullBlock(block)) return null;
    if (block.parent.type === 'page_id') return { id: block.parent.page_id, certain: true };
    if (block.parent.type !== 'block_id') return null;
    id = block.parent.block_id;
  }
  return null;
}

export async function isVisible(listing: NotionListing, id: string): Promise<boolean> {
  return (await findPage(listing, id)) !== null || (await findDataSource(listing, id)) !== null;
}

/** Null: not there, or not shared. */
export async function findPage({ call, signal }: NotionListing, id: string): Promise<PageObjectResponse | null> {
  const page = await orNull(call('position', signal, async (notion) => await notion.pages.retrieve({ page_id: id })));
  return page !== null && isFullPage(page) ? page : null;
}

export async function findDataSource(
  { call, signal }: NotionListing,
  id: string,
): Promise<DataSourceObjectResponse | null> {
  const found = await orNull(
    call('position', signal, async (notion) => await notion.dataSources.retrieve({ data_source_id: id })),
  );
  return found !== null && isFullDataSource(found) ? found : null;
}

/** Does the page lie in one of the configured roots? */
export async function isInRoots(
  listing: NotionListing,
  roots: ReadonlySet<string>,
  page: PageObjectResponse,
  known: Map<string, boolean>,
): Promise<boolean> {
  if (roots.size === 0 || roots.has(page.id)) return true;
  if (page.parent.type === 'data_source_id' && roots.has(page.parent.database_id)) return true;
  const place = await placeOf(listing, page.parent);
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
  const page = await findPage(listing, id);
  const isIn =
    page === null ? await isDataSourceInRoots(listing, roots, id, known) : await isInRoots(listing, roots, page, known);
  known.set(id, isIn);
  return isIn;
}

async function isDataSourceInRoots(
  listing: NotionListing,
  roots: ReadonlySet<string>,
  id: string,
  known: Map<string, boolean>,
): Promise<boolean> {
  const dataSource = await findDataSource(listing, id);
  if (dataSource === null) return false;
  if (dataSource.parent.type === 'database_id' && roots.has(dataSource.parent.database_id)) return true;
  const place = await placeOf(listing, dataSource.database_parent);
  return place !== null && (await isPlaceInRoots(listing, roots, place.id, known));
}

/** Not there, not shared, or not of the kind that was asked for: all the same to a listing. */
export async function orNull<T>(found: Promise<T>): Promise<T | null> {
  const answer = await orRefusal(found);
  return answer === 'not_found' || answer === 'unsupported' ? null : answer;
}

/** The same, where what is not there differs from what will not be shown. */
export async function orRefusal<T>(found: Promise<T>): Promise<T | 'not_found' | 'unsupported'> {
  try {
    return await found;
  } catch (error) {
    if (isSyncError(error) && (error.kind === 'not_found' || error.kind === 'unsupported')) return error.kind;
    throw error;
  }
}
