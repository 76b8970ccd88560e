/**
 * The wish of a source's owner and the subscription at its vendor, made equal. The row is the intent. Not part of any sync:
 * a sync only reads (P11), this asks the vendor to send.
 */

import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { SubscriptionClient } from '../connectors/subscriptions.ts';
import { asUser } from '../../db/access/as-user.ts';
import type { Database } from '../../db/access/database.ts';
import { findSyncSource, type SyncSource } from '../../db/jobs/job-lifecycle.ts';
import {
  deleteSubscription,
  findNotifiedSources,
  findSubscriptionWish,
  listSubscriptions,
  noteSubscriptionState,
  type Subscription,
  saveSubscription,
} from '../../db/sources/subscriptions.ts';
import { isSyncError } from '../../domain/errors.ts';
import { type NotificationVendor, notificationVendorOf } from '../../domain/change-notifications.ts';
import { hashOf } from './signature.ts';
import type { SubscriptionOutlook } from '../../domain/contract.ts';

export interface SubscriptionDependencies {
  readonly db: Kysely<Database>;
  /** Null for a source whose vendor sends no hints. */
  readonly subscriptionClientFor: (source: SyncSource) => SubscriptionClient | null;
  /** Where vendors reach this installation. */
  readonly publicUrl: string;
}

interface Source {
  readonly userId: string;
  readonly dataSourceId: string;
}

/** A refusal is asked about again at this distance: permissions and settings at the vendor change without a word. */
const afterRefusalMs = 24 * 3_600_000;
/** A vendor that grants next to nothing is not asked all the time. */
const shortestMs = 10_000;
/** Nobody waits long for the end of a subscription: it would run out anyway. */
const stopTimeoutMs = 10_000;

/** @throws SyncError where asking again in a moment may help */
export async function reconcileSubscription(
  deps: SubscriptionDependencies,
  source: Source,
  signal: AbortSignal,
): Promise<SubscriptionOutlook> {
  const found = await look(deps, source);
  if (found === null) return { lookAgainMs: null };
  const { wish, client, vendor, subscriptions } = found;
  if (!wish.isWanted) {
    await stopSubscription(deps, source);
    return { lookAgainMs: null };
  }
  // A new sign-in tells us.
  if (!wish.canCall) return { lookAgainMs: null };
  const [newest] = subscriptions;
  if (newest !== undefined && !newest.isDue) return outlookTo(newest.renewAt);
  try {
    const renewAt = await subscribe(deps, source, { client, vendor, renewing: newest ?? null }, signal);
    for (const old of subscriptions) await endWhereReplaced(deps, source, client, old);
    return outlookTo(renewAt);
  } catch (error) {
    if (!isSyncError(error) || error.remedy === 'retry') throw error;
    const { message } = error;
    await asUser(deps.db, source.userId, async (trx) =>
      noteSubscriptionState(trx, source.dataSourceId, { isActive: false, error: message }),
    );
    return { lookAgainMs: afterRefusalMs };
  }
}

/** Ends what there is at the vendor, as far as it answers, and forgets it. Repeating it changes nothing. */
export async function stopSubscription(deps: SubscriptionDependencies, source: Source): Promise<void> {
  const found = await look(deps, source);
  if (found === null) return;
  const { client, wish, subscriptions } = found;
  for (const subscription of subscriptions) {
    if (wish.canCall) await end(deps, source, client, subscription);
    await asUser(deps.db, source.userId, async (trx) => await deleteSubscription(trx, subscription.id));
  }
  await asUser(deps.db, source.userId, async (trx) =>
    noteSubscriptionState(trx, source.dataSourceId, { isActive: false, error: null }),
  );
}

async function look(deps: SubscriptionDependencies, { userId, dataSourceId }: Source) {
  const { row, wish, subscriptions } = await asUser(deps.db, userId, async (trx) => ({
    row: await findSyncSource(trx, dataSourceId),
    wish: await findSubscriptionWish(trx, dataSourceId),
    subscriptions: await listSubscriptions(trx, dataSourceId),
  }));
  if (row === undefined || wish === undefined) return null;
  const client = deps.subscriptionClientFor(row);
  const vendor = notificationVendorOf(row.sourceType);
  return client === null || vendor === null ? null : { wish, client, vendor, subscriptions };
}

/**
 * Killed between the vendor's answer and our row: the next attempt makes another one, and the first, which nobody knows,
 * runs out by itself; what it still sends finds nobody.
 */
async function subscribe(
  deps: SubscriptionDependencies,
  source: Source,
  asked: {
    readonly client: SubscriptionClient;
    readonly vendor: NotificationVendor;
    readonly renewing: Subscription | null;
  },
  signal: AbortSignal,
): Promise<Date | null> {
  const { client, vendor, renewing } = asked;
  const secret = randomBytes(32).toString('base64url');
  const address = `${deps.publicUrl}/api/hooks/${vendor}`;
  const made = await client.subscribe({ address, secret, renewing }, signal);
  await asUser(deps.db, source.userId, async (trx) =>
    saveSubscription(trx, {
      ...source,
      vendor,
      externalId: made.externalId,
      resourceId: made.resourceId,
      secretHash: made.usesSecret ? hashOf(secret) : null,
      renewAt: made.renewAt,
    }),
  );
  return made.renewAt;
}

/** Only once the new one stands: for a moment both send, which costs nothing. */
async function endWhereReplaced(
  deps: SubscriptionDependencies,
  source: Source,
  client: SubscriptionClient,
  old: Subscription,
): Promise<void> {
  const stillDue = await asUser(deps.db, source.userId, async (trx) => listSubscriptions(trx, source.dataSourceId));
  if (stillDue.some(({ id, isDue }) => id === old.id && !isDue)) return;
  await end(deps, source, client, old);
  await asUser(deps.db, source.userId, async (trx) => await deleteSubscription(trx, old.id));
}

/** What another source is told by as well (two sources of one mailbox) goes on. */
async function end(
  deps: SubscriptionDependencies,
  source: Source,
  client: SubscriptionClient,
  subscription: Subscription,
): Promise<void> {
  const sharing = await findNotifiedSources(deps.db, subscription.vendor, [subscription.externalId]);
  if (sharing.some(({ dataSourceId }) => dataSourceId !== source.dataSourceId)) return;
  // A vendor that does not answer keeps nobody: what it still sends finds nobody, and it ends by itself.
  await client.unsubscribe(subscription, AbortSignal.timeout(stopTimeoutMs)).catch(() => undefined);
}

function outlookTo(renewAt: Date | null): SubscriptionOutlook {
  return { lookAgainMs: renewAt === null ? null : Math.max(shortestMs, renewAt.getTime() - Date.now()) };
}
