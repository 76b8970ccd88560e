/**
 * Brings the subscription at the vendor in line with the source's settings. The row holds the desired state. This is
 * not part of any sync: a sync only reads (P11), while this asks the vendor to send notifications.
 */

import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Subscribed, SubscriptionClient } from '../connectors/subscriptions.ts';
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
import type { SubscriptionOutlook } from '../../domain/contract.ts';
import { hashOfSecret } from '../../domain/secret-hash.ts';

export interface SubscriptionDependencies {
  readonly db: Kysely<Database>;
  /** Null for a source whose vendor sends no change notifications. */
  readonly subscriptionClientFor: (source: SyncSource) => SubscriptionClient | null;
  /** The public address where vendors reach this installation. */
  readonly publicUrl: string;
}

interface Source {
  readonly userId: string;
  readonly dataSourceId: string;
}

/** Delay before a refused subscription is tried again. Permissions and settings at the vendor change without notice. */
const afterRefusalMs = 24 * 3_600_000;
/** Minimum delay between checks, for vendors that grant very short subscriptions. */
const minDelayMs = 10_000;
/** Timeout for ending a subscription. It is short because the subscription would expire anyway. */
const stopTimeoutMs = 10_000;

/** @throws SyncError if a retry may succeed */
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
  // A new sign-in triggers another check.
  if (!wish.canCall) return { lookAgainMs: null };
  const [newest] = subscriptions;
  if (newest !== undefined && !newest.isDue) return outlookTo(newest.renewAt);
  try {
    const made = await subscribe(deps, source, { client, vendor, renewing: newest ?? null }, signal);
    for (const old of subscriptions) if (old.externalId !== made.externalId) await replace(deps, source, client, old);
    return outlookTo(made.renewAt);
  } catch (error) {
    if (!isSyncError(error) || error.remedy === 'retry') throw error;
    const { message } = error;
    await asUser(deps.db, source.userId, async (trx) =>
      noteSubscriptionState(trx, source.dataSourceId, { isActive: false, error: message }),
    );
    return { lookAgainMs: afterRefusalMs };
  }
}

/** Ends the subscription at the vendor if the vendor answers, and deletes our record of it. Safe to repeat. */
export async function stopSubscription(deps: SubscriptionDependencies, source: Source): Promise<void> {
  const found = await look(deps, source);
  if (found === null) return;
  const { client, wish, subscriptions } = found;
  for (const subscription of subscriptions) {
    if (wish.canCall) await end(deps, source, client, subscription);
    await asUser(deps.db, source.userId, (trx) => deleteSubscription(trx, subscription.id));
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
 * If the process dies between the vendor's answer and our insert, the next attempt creates a second subscription. The
 * first one expires by itself, and its notifications are ignored because no source matches them.
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
): Promise<Subscribed> {
  const { client, vendor, renewing } = asked;
  const secret = randomBytes(32).toString('base64url');
  const address = `${deps.publicUrl}/api/change-notifications/${vendor}`;
  const made = await client.subscribe({ address, secret, renewing }, signal);
  const saved = {
    ...source,
    vendor,
    externalId: made.externalId,
    resourceId: made.resourceId,
    secretHash: made.usesSecret ? hashOfSecret(secret) : null,
    renewAt: made.renewAt,
  };
  await asUser(deps.db, source.userId, (trx) => saveSubscription(trx, saved, renewing?.seenRenewAt ?? null));
  return made;
}

/** Runs only after the new subscription is active. Both send notifications for a moment, which is harmless. */
async function replace(
  deps: SubscriptionDependencies,
  source: Source,
  client: SubscriptionClient,
  old: Subscription,
): Promise<void> {
  await end(deps, source, client, old);
  await asUser(deps.db, source.userId, (trx) => deleteSubscription(trx, old.id));
}

/** Keeps a subscription that another source also uses (two sources of one mailbox). */
async function end(
  deps: SubscriptionDependencies,
  source: Source,
  client: SubscriptionClient,
  subscription: Subscription,
): Promise<void> {
  const sharing = await findNotifiedSources(deps.db, subscription.vendor, [subscription.externalId]);
  if (sharing.some(({ dataSourceId }) => dataSourceId !== source.dataSourceId)) return;
  // A vendor that does not answer must not block this: the subscription expires by itself and its notifications are
  // ignored.
  await client.unsubscribe(subscription, AbortSignal.timeout(stopTimeoutMs)).catch(() => undefined);
}

function outlookTo(renewAt: Date | null): SubscriptionOutlook {
  return { lookAgainMs: renewAt === null ? null : Math.max(minDelayMs, renewAt.getTime() - Date.now()) };
}
