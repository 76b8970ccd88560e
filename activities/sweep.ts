import { findJob, findSyncSource, noteProgress } from '../db/jobs/job-lifecycle.ts';
import { findUnconfirmed, recordAnswers, recordSweepPage } from '../db/items/removal-candidates.ts';
import { findRecordedPage, recordListing } from '../db/items/listing.ts';
import type { FoundRemovals, JobRef, ListedPages, PageRef, SweepPlan, RemovalsDecided } from '../domain/contract.ts';
import { SyncError } from '../domain/errors.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { confirmMissed } from './support/confirm-missed.ts';
import { askOnce } from './support/item-errors.ts';
import { selectionOf } from './support/selection.ts';
import { goesOnForMs, listOwn } from './list-page.ts';
import { recordPlan, removalsOf } from './removals.ts';
import { activity } from './support/activity.ts';
import { notifyWebhooks } from './support/notify-webhooks.ts';

/**
 * Determines what the job considers deleted after everything was listed and before anything is removed, and what else
 * there is to do.
 */
export const findRemovals = (deps: ActivityDependencies) =>
  activity(deps, (ref: JobRef, context): Promise<FoundRemovals> => removalsOf(deps, ref, context));

/**
 * Looks up items that the listing did not contain, a batch of ids at a time. Items that exist after all go on a page of
 * their own, like any other; items that the vendor gives no answer for stay.
 */
export const confirmRemovals = (deps: ActivityDependencies) =>
  activity(deps, async (ref: PageRef, { asUser, withJobLease, signal, attempt }): Promise<ListedPages> => {
    const until = performance.now() + goesOnForMs;
    const found = await asUser(async (trx) => ({
      source: await findSyncSource(trx, ref.dataSourceId),
      job: await findJob(trx, ref.jobId),
      recorded: await findRecordedPage(trx, ref),
    }));
    if (found.source === undefined) throw new SyncError('invalid_input', { message: 'The data source was deleted.' });
    const connector = deps.connectorFor(found.source);
    const selection = selectionOf(connector, found.source, found.job);
    const limit = connector.lookUpBatchSize ?? 1;
    const next = () => asUser(async (trx) => findUnconfirmed(trx, ref.jobId, limit));
    // An earlier attempt may have recorded the pages after this one, too, so the next activity looks for them.
    if (found.recorded !== undefined) return { pages: 1, ...found.recorded, more: true };
    const checkSignIn = askOnce(async () => await connector.check(signal));
    let unchanged = 0;
    for (let pages = 1; ; pages++) {
      const ids = await next();
      if (ids.length === 0) return { pages: pages - 1, items: 0, unchanged, more: false };
      const answers = await confirmMissed(connector, ids, { attempt, checkSignIn, signal });
      const page = await withJobLease(async (trx) => {
        await recordAnswers(trx, ref, answers);
        return await recordListing(trx, {
          ...ref,
          page: ref.page + pages - 1,
          kind: 'confirm',
          containerExternalId: null,
          listing: { entries: answers.there, next: { more: false, checkpoint: null, complete: false } },
          listContainers: 'none',
          selection,
          ineligible: deps.ineligible,
        });
      });
      unchanged += page.unchanged;
      if (page.items > 0 || performance.now() > until) return { pages, items: page.items, unchanged, more: true };
    }
  });

/** Counts the removals, and decides whether a person must approve them. */
export const planSweep = (deps: ActivityDependencies) =>
  activity(deps, async (ref: JobRef, { withJobLease }): Promise<SweepPlan> => {
    const planned = await withJobLease((trx) => recordPlan(trx, ref));
    if (planned.needsApproval) await notifyWebhooks(deps, ref.userId);
    return planned;
  });

/** Records what a person decided about held removals. */
export const recordDecision = (deps: ActivityDependencies) =>
  activity(deps, async (ref: RemovalsDecided, { withJobLease }): Promise<void> => {
    await withJobLease(async (trx) => {
      const { removals: count, known: of, decision } = ref;
      const asked = (await findJob(trx, ref.jobId))?.progressData.removals;
      await noteProgress(trx, ref.jobId, { removals: { ...asked, count, of, decision } });
    });
  });

/** Lists deleted items as one more page to remove. */
export const listSweep = (deps: ActivityDependencies) => listOwn(deps, recordSweepPage);
