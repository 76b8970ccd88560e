/** Finds the containers of pages, and whether the connection may see them. */

import { isSyncError, type SyncErrorKind } from '../../../domain/errors.ts';
import type { NotionCall } from './client.ts';
import { type NotionConfig, toId } from './config.ts';
import { unreadable } from './errors.ts';
import { block, database, dataSource, type NotionDataSource, type NotionPage, page, type Parent } from './wire.ts';

export interface NotionListing {
  readonly call: NotionCall;
  readonly config: NotionConfig;
  readonly signal: AbortSignal;
  /** See `ConnectorContext`. */
  readonly isRefusedRepeatedly?: boolean | undefined;
}

/** A page or a data source that contains something. Null: nothing visible. */
export interface NotionPlace {
  readonly id: string;
  /** Set if a call for it succeeded, so it is known to be visible. */
  readonly certain: boolean;
}

/** Maximum number of nested blocks that are followed upwards. */
const maxBlockDepth = 30;

export async function placeOf(listing: NotionListing, parent: Parent): Promise<NotionPlace | null> {
  const place = await findPlace(listing, parent);
  return typeof place === 'string' ? null : place;
}

/**
 * Uses whichever id is present, because the type's name may be missing.
 * @returns `nowhere` at the top of the workspace or if nothing above is visible; `unknown` if Notion does not say
 */
async function findPlace(listing: NotionListing, parent: Parent): Promise<NotionPlace | 'nowhere' | 'unknown'> {
  const id = parent?.data_source_id ?? parent?.page_id;
  if (id !== undefined) return { id, certain: false };
  if (parent?.block_id !== undefined) return await pageOfBlock(listing, parent.block_id);
  return parent?.type === 'workspace' || parent?.workspace === true ? 'nowhere' : 'unknown';
}

/** A page in a column or a toggle names the block that contains it. */
async function pageOfBlock({ call, signal }: NotionListing, blockId: string): ReturnType<typeof findPlace> {
  let id = blockId;
  for (let depth = 0; depth < maxBlockDepth; depth++) {
    const current = id;
    const subject = { scope: 'container', call: 'blocks.retrieve' } as const;
    const found = await orNull(call(subject, block, signal, (notion) => notion.blocks.retrieve({ block_id: current })));
    if (found === null) return 'nowhere';
    if (found.parent?.page_id !== undefined) return { id: found.parent.page_id, certain: true };
    if (found.parent?.block_id === undefined) return 'unknown';
    id = found.parent.block_id;
  }
  return 'unknown';
}

export async function isVisible(listing: NotionListing, id: string): Promise<boolean> {
  return (await findPage(listing, id)) !== null || (await findDataSource(listing, id)) !== null;
}

/**
 * @throws SyncError if Notion gives no answer; `not_found` if it does not exist or is not shared, `unsupported` if it
 * is not a page
 */
export async function readPage({ call, signal }: NotionListing, id: string): Promise<NotionPage> {
  const subject = { scope: 'item', call: 'pages.retrieve' } as const;
  const asked = page.refine((found) => isSameId(found.id, id));
  return await call(subject, asked, signal, (notion) => notion.pages.retrieve({ page_id: id }));
}

/** Notion accepts ids without hyphens, and returns them with hyphens. */
export function isSameId(found: string, asked: string): boolean {
  return found.replaceAll('-', '').toLowerCase() === asked.replaceAll('-', '').toLowerCase();
}

/** Whether this is the id of a database, such as a page's that was turned into one. */
export async function isDatabase({ call, signal }: NotionListing, id: string): Promise<boolean> {
  const subject = { scope: 'item', call: 'databases.retrieve' } as const;
  const asked = database.refine((found) => isSameId(found.id, id));
  return (
    (await orNull(call(subject, asked, signal, (notion) => notion.databases.retrieve({ database_id: id })))) !== null
  );
}

/** Null if it does not exist, is not shared, or is not a page. */
export async function findPage(listing: NotionListing, id: string): Promise<NotionPage | null> {
  return await orNull(readPage(listing, id));
}

export async function findDataSource({ call, signal }: NotionListing, id: string): Promise<NotionDataSource | null> {
  const subject = { scope: 'container', call: 'data_sources.retrieve' } as const;
  return await orNull(
    call(subject, dataSource, signal, (notion) => notion.dataSources.retrieve({ data_source_id: id })),
  );
}

/** The configured roots, and which places below and above them have been asked about. */
export interface Roots {
  readonly ids: ReadonlySet<string>;
  readonly known: Map<string, boolean>;
}

const nothingBelow: ReadonlySet<string> = new Set();

/** The ids that the config names. */
export function rootsOf({ config }: NotionListing): string[] {
  return config.roots.flatMap((root) => toId(root) ?? []);
}

export function askedRoots(listing: NotionListing): Roots {
  return { ids: new Set(rootsOf(listing)), known: new Map() };
}

/**
 * Checks whether the page is inside one of the configured roots.
 * @param below the places from which this page was reached
 * @throws SyncError `unexpected_answer` if Notion does not say where the page, or one above it, is: it is then neither
 * inside nor outside
 */
export async function isInRoots(
  listing: NotionListing,
  roots: Roots,
  { id, parent }: Pick<NotionPage, 'id' | 'parent'>,
  below = nothingBelow,
): Promise<boolean> {
  if (roots.ids.size === 0 || roots.ids.has(id)) return true;
  if (parent?.database_id !== undefined && roots.ids.has(parent.database_id)) return true;
  return await isBelowRoots(listing, roots, parent, below);
}

async function isBelowRoots(
  listing: NotionListing,
  roots: Roots,
  parent: Parent,
  below: ReadonlySet<string>,
): Promise<boolean> {
  const place = await findPlace(listing, parent);
  if (place === 'unknown') throw unreadable({ scope: 'item', call: 'parent' }, 'no readable parent');
  return place !== 'nowhere' && (await isPlaceInRoots(listing, roots, place.id, below));
}

/** Only answers are remembered: several pages of one place may be looked up together, and one of them may be refused. */
async function isPlaceInRoots(
  listing: NotionListing,
  roots: Roots,
  id: string,
  below: ReadonlySet<string>,
): Promise<boolean> {
  if (roots.ids.has(id)) return true;
  const before = roots.known.get(id);
  if (before !== undefined) return before;
  // Parents may form a cycle, whatever the documentation says.
  if (below.has(id)) return false;
  const path = new Set([...below, id]);
  const found = await findPage(listing, id);
  const isIn =
    found === null ? await isDataSourceInRoots(listing, roots, id, path) : await isInRoots(listing, roots, found, path);
  roots.known.set(id, isIn);
  return isIn;
}

async function isDataSourceInRoots(
  listing: NotionListing,
  roots: Roots,
  id: string,
  below: ReadonlySet<string>,
): Promise<boolean> {
  const found = await findDataSource(listing, id);
  if (found === null) return false;
  if (found.parent?.database_id !== undefined && roots.ids.has(found.parent.database_id)) return true;
  return await isBelowRoots(listing, roots, found.database_parent, below);
}

/** One try to read a page. */
export interface PageTry {
  /** Set if the page would otherwise be left to a later job. */
  readonly isLast: boolean;
  /** Whether Notion failed to provide something that a later try may give. */
  isIncomplete: boolean;
}

/**
 * What a page says of another object, such as its name. If Notion refuses it, it is left out, and at the last try also if
 * Notion fails to provide it: the page itself is read.
 * @throws SyncError while the next try may provide it, and for errors of the account
 */
export async function orLeftOut<T>(found: Promise<T>, pageTry: PageTry): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (!isSyncError(error) || error.scope === 'account' || error.kind === 'unauthorized') throw error;
    if (error.kind === 'rate_limited' || (error.kind === 'unavailable' && !pageTry.isLast)) throw error;
    if (error.kind === 'unavailable') pageTry.isIncomplete = true;
    return null;
  }
}

const absent: readonly SyncErrorKind[] = ['not_found', 'unsupported'];

/** Treats an object that does not exist, is not shared, or is of another kind as absent. */
export async function orNull<T>(found: Promise<T>, kinds = absent): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (isSyncError(error) && kinds.includes(error.kind)) return null;
    throw error;
  }
}
