import { isDeepStrictEqual } from 'node:util';
import type { UserTransaction } from '../db/access/as-user.ts';
import { findJob, findSyncSource, type JobRow, type SyncSource } from '../db/jobs/job-lifecycle.ts';
import {
  findNextListing,
  findRecordedPage,
  type NextListing,
  recordListing,
  restartListing,
} from '../db/items/listing.ts';
import { findContainerName } from '../db/items/gaps.ts';
import type { Selection } from '../db/items/selection.ts';
import { findProgress } from '../db/items/listing-progress.ts';
import { recordRetryPage } from '../db/items/retries.ts';
import { recordScansPage } from '../db/items/scans.ts';
import { recordStalePage } from '../db/items/stale.ts';
import { findApplicable } from '../db/documents/transformations.ts';
import { SyncError } from '../domain/errors.ts';
import type { Entry, ListPage, Position } from '../domain/source.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { askOnce, restOf } from './support/item-errors.ts';
import { listContainer } from './support/list-container.ts';
import { type LookedUp, lookUpAll } from './support/look-up.ts';
import { selectionOf } from './support/selection.ts';
import { comparePage } from './diff-page.ts';
import { removalsIfIdle } from './removals.ts';
import { activity, type ActivityContext } from './support/activity.ts';
import type {
  RecordedPage,
  Counts,
  JobMode,
  PageRef,
  ListRef,
  ListedPages,
  RestartedListing,
} from '../domain/contract.ts';

/** Number of items on a page of earlier failures, of requested items or of removals. */
const itemsPerPage = 500;

/**
 * How long an activity continues while nothing has changed, in milliseconds. It is short because a pause takes effect
 * between two activities.
 */
export const goesOnForMs = 2000;

/**
 * Lists the next page of the source into the ledger, and further pages as long as nothing on them has changed. A
 * repeated activity returns what was recorded.
 */
export const listPage = (deps: ActivityDependencies) =>
  activity(deps, async (ref: ListRef, context): Promise<ListedPages> => {
    const listed = await listNext(deps, ref, context);
    return ref.goesOn === true ? await goOn(deps, ref, listed, context) : listed;
  });

/** See `listPage`. The activity that opens a job calls it for a first page of changes. */
export async function listNext(
  deps: ActivityDependencies,
  ref: PageRef,
  context: ActivityContext,
): Promise<ListedPages> {
  const { asUser, signal, attempt } = context;
  const plan = await asUser(async (trx) => {
    const recorded = await findRecordedPage(trx, ref);
    if (recorded !== undefined) return { recorded };
    const job = await findJob(trx, ref.jobId);
    const source = await findSyncSource(trx, ref.dataSourceId);
    return { job, source, next: await findNextListing(trx, ref) };
  });
  if (plan.recorded !== undefined) return { pages: 1, ...plan.recorded };
  const { job, source, next } = plan;
  if (job === undefined || source === undefined) throw sourceIsDeleted();
  const position = positionFor(job, source, next);
  if (position === null) return { pages: 1, items: 0, unchanged: 0, more: false };
  const connector = deps.connectorFor(source, attempt);
  const ask = async (at: Position): Promise<ListPage> => await connector.listPage(at, signal);
  // Contents that were outside of the selection are not known, so a folder that moves is listed like a new one.
  const listContainers = connector.urlsContainPaths === true || connector.selects !== undefined ? 'changed' : 'new';
  const containerExternalId = containerOf(next);
  const selection = selectionOf(connector, source, job);
  const { hasChangeFeed } = connector;
  const from = {
    context,
    job,
    source,
    hasChangeFeed,
    containerExternalId,
    listContainers,
    position,
    selection,
    ask,
  } as const;
  const first = async (): Promise<ListPage> =>
    containerExternalId === null
      ? await ask(position)
      : await listContainer(containerExternalId, { asUser, ref, connector, attempt, signal }, async () =>
          ask(position),
        );
  return await listWhileUnchanged(deps, ref, from, await first());
}

/**
 * Does what follows the last page, so that a small job needs fewer activities. Pages before the last are compared by
 * their own workflows, beside the listing.
 */
export async function goOn<Listed extends RecordedPage>(
  deps: ActivityDependencies,
  ref: PageRef,
  listed: Listed & { readonly pages?: number },
  context: ActivityContext,
): Promise<Listed> {
  if (listed.more) return listed;
  const page = ref.page + (listed.pages ?? 1) - 1;
  const batches = listed.items === 0 ? 0 : (await comparePage(deps, { ...ref, page }, context)).batches;
  const found = batches === 0 && !ref.dryRun ? await removalsIfIdle(deps, ref, context) : null;
  return { ...listed, batches, ...(found === null ? {} : { found }) };
}

interface Listing {
  readonly context: ActivityContext;
  readonly job: JobRow;
  readonly source: SyncSource;
  readonly hasChangeFeed: boolean;
  readonly containerExternalId: string | null;
  /** Which containers are listed completely when a feed reports them. */
  readonly listContainers: 'new' | 'changed';
  readonly position: Position;
  readonly selection: Selection | undefined;
  readonly ask: (position: Position) => Promise<ListPage>;
}

/**
 * After a page of unchanged items, requests the page after next while the next one is compared. It does not do so
 * before the first such page or after an empty one: if most pages have work, each would be requested twice.
 */
async function listWhileUnchanged(
  deps: ActivityDependencies,
  ref: PageRef,
  from: Listing,
  first: ListPage,
): Promise<ListedPages> {
  const until = performance.now() + goesOnForMs;
  let unchanged = 0;
  let isQuiet = false;
  let { position } = from;
  let listing = first;
  for (let pages = 1; ; pages++) {
    const { next } = listing;
    const mayGoOn = next.more && performance.now() < until;
    const ask = async (): Promise<ListPage | null> =>
      mayGoOn ? await from.ask({ at: 'cursor', cursor: next.cursor }).catch(leftToTheNextStep) : null;
    const ahead = isQuiet ? ask() : null;
    const { page, isOurs } = await record(deps, { ...ref, page: ref.page + pages - 1 }, { ...from, position }, listing);
    if (isOurs && page.unchanged > 0) deps.metrics.itemsEnded(unchangedOnly(page.unchanged));
    unchanged += page.unchanged;
    isQuiet = page.unchanged > 0;
    const following = !isOurs || page.items > 0 ? null : await (ahead ?? ask());
    if (following === null || !next.more) return { pages, items: page.items, unchanged, more: page.more };
    position = { at: 'cursor', cursor: next.cursor };
    listing = following;
  }
}

/** What was recorded is kept. The next activity requests this page again and reports the error. */
function leftToTheNextStep(): null {
  return null;
}

/** The position was lost, so the listing starts over from this page on. */
export const restartList = (deps: ActivityDependencies) =>
  activity(deps, async ({ reason, ...ref }: RestartedListing, { withJobLease }): Promise<void> => {
    await withJobLease((trx) => restartListing(trx, ref, reason));
  });

/**
 * Lists failed items of earlier jobs as one more page. @returns their number; fewer than a full page means that these
 * were the last
 */
export const listRetries = (deps: ActivityDependencies) => listOwn(deps, recordRetryPage);

/** Lists items whose transformations have changed as one more page. */
export const listStale = (deps: ActivityDependencies) =>
  listOwn(deps, async (trx, ref, limit) => {
    const source = await findSyncSource(trx, ref.dataSourceId);
    if (source === undefined) throw sourceIsDeleted();
    return await recordStalePage(trx, ref, (await findApplicable(trx, source.sourceType)).hash, limit);
  });

/** Lists scans and pictures that this job has deferred as one more page. */
export const listScans = (deps: ActivityDependencies) => listOwn(deps, recordScansPage);

/**
 * Lists a page from our own tables. After a full page there may be another; a repeated activity returns what was
 * recorded.
 */
export function listOwn(
  deps: ActivityDependencies,
  take: (trx: UserTransaction, ref: PageRef, limit: number) => Promise<number>,
): (ref: ListRef) => Promise<RecordedPage> {
  return activity(deps, async (ref: ListRef, context): Promise<RecordedPage> => {
    const listed = await context.withJobLease(async (trx) => {
      const recorded = await findRecordedPage(trx, ref);
      const items = recorded?.items ?? (await take(trx, ref, itemsPerPage));
      return { items, unchanged: 0, more: items === itemsPerPage };
    });
    if (ref.goesOn !== true || listed.more || listed.items === 0) return listed;
    return { ...listed, ...(await comparePage(deps, ref, context)) };
  });
}

/** Looks up the requested items of a manual job at the source. */
export const listManual = (deps: ActivityDependencies) =>
  activity(deps, async (ref: PageRef, { asUser, withJobLease, signal, attempt }): Promise<RecordedPage> => {
    const { recorded, job, source } = await asUser(async (trx) => ({
      recorded: await findRecordedPage(trx, ref),
      job: await findJob(trx, ref.jobId),
      source: await findSyncSource(trx, ref.dataSourceId),
    }));
    if (job === undefined || source === undefined) throw sourceIsDeleted();
    const wanted = job.externalIds ?? [];
    const more = wanted.length > ref.page * itemsPerPage;
    if (recorded !== undefined) return { items: recorded.items, unchanged: 0, more };
    const ids = wanted.slice((ref.page - 1) * itemsPerPage, ref.page * itemsPerPage);
    const connector = deps.connectorFor(source, attempt);
    const checkSignIn = askOnce(async () => await connector.check(signal));
    const found = await lookUpAll(connector, ids, { attempt, checkSignIn, signal });
    const entries = [...found.entries, ...found.refused.map(toGap)];
    const listing: ListPage = { entries, next: { more: false, checkpoint: null, complete: false } };
    const page = await withJobLease(
      async (trx) =>
        await recordListing(trx, {
          ...ref,
          kind: 'manual',
          containerExternalId: null,
          listing,
          listContainers: 'none',
          selection: selectionOf(connector, source, job),
          ineligible: deps.ineligible,
        }),
    );
    return { items: page.items, unchanged: 0, more };
  });

/** A requested item that the vendor refuses is reported with the job. */
function toGap({ externalId, error }: LookedUp['refused'][number]): Entry {
  const { code, message } = error;
  return { state: 'gap', externalId, name: externalId, code, message, retryAfterMs: restOf(error) };
}

function positionFor(job: JobRow, source: SyncSource, next: NextListing): Position | null {
  switch (next.from) {
    case 'nothing':
      return null;
    case 'cursor':
      return { at: 'cursor', cursor: next.cursor };
    case 'container':
      return { at: 'container', externalId: next.externalId };
    case 'beginning':
      return job.mode === 'full' || source.checkpoint === null
        ? { at: 'start' }
        : { at: 'checkpoint', checkpoint: source.checkpoint };
  }
}

/**
 * Records one page, if it follows from what is in the ledger. It records nothing if another attempt of this activity
 * (one that was considered dead, or its replacement) has continued meanwhile: its answer for the same position may end
 * elsewhere, and items between the two would be lost.
 * @returns the page as recorded in the ledger, and whether it belongs to this listing
 */
async function record(
  deps: ActivityDependencies,
  ref: PageRef,
  { context, job, source, hasChangeFeed, containerExternalId, listContainers, position, selection }: Listing,
  listing: ListPage,
): Promise<{ readonly page: RecordedPage; readonly isOurs: boolean }> {
  return await context.withJobLease(async (trx) => {
    const recorded = await findRecordedPage(trx, ref);
    if (recorded !== undefined) return { page: recorded, isOurs: false };
    const next = await findNextListing(trx, ref);
    const current = next.from === 'beginning' ? await findJob(trx, ref.jobId) : job;
    if (current === undefined || !isDeepStrictEqual(positionFor(current, source, next), position)) throw overtaken();
    const { isEndless, ...progress } = await findProgress(trx, ref, listing);
    if (isEndless && containerExternalId === null) throw endless(current.mode);
    const page = await recordListing(trx, {
      ...ref,
      kind: containerExternalId === null ? 'listing' : 'container',
      containerExternalId,
      listing: isEndless ? await endlessContainer(trx, ref, containerExternalId ?? '') : listing,
      progress,
      isPositionTime: !hasChangeFeed,
      listContainers: job.mode === 'feed' && containerExternalId === null ? listContainers : 'none',
      selection,
      ineligible: deps.ineligible,
    });
    return { page, isOurs: true };
  });
}

/** An endless feed is replaced by a full listing. An endless full listing ends the job before anything is removed. */
function endless(mode: JobMode | null): SyncError {
  if (mode === 'feed' || mode === 'window') {
    return new SyncError('checkpoint_expired', {
      code: 'endless_listing',
      message: 'The source returned the same changes again and again, so everything is listed instead.',
    });
  }
  return new SyncError('invalid_input', {
    code: 'endless_listing',
    scope: 'account',
    message:
      'The source’s listing never ends: it returns the same page again and again. Nothing was removed. The next sync starts from the beginning. If this happens again, report it to the vendor.',
  });
}

async function endlessContainer(trx: UserTransaction, ref: PageRef, externalId: string): Promise<ListPage> {
  const name = await findContainerName(trx, ref, externalId);
  const message = 'The listing never ends: the vendor returns the same page again and again.';
  const gap = { state: 'gap', externalId, name, code: 'endless_listing', message, retryAfterMs: null } as const;
  return { entries: [gap], next: { more: false, checkpoint: null, complete: false } };
}

function containerOf(next: NextListing): string | null {
  if (next.from === 'container') return next.externalId;
  return next.from === 'cursor' ? next.containerExternalId : null;
}

function unchangedOnly(unchanged: number): Counts {
  return { found: unchanged, created: 0, updated: 0, unchanged, removed: 0, skipped: 0, failed: 0, bytes: 0 };
}

/** When repeated, the activity continues from what is in the ledger. */
function overtaken(): SyncError {
  return new SyncError('unavailable', {
    code: 'listing_overtaken',
    message: 'Another attempt at this listing has already continued from here.',
  });
}

function sourceIsDeleted(): SyncError {
  return new SyncError('invalid_input', { message: 'The data source was deleted while it was being synced.' });
}
