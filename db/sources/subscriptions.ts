/** Maps vendor notifications to sources, and defines which subscription a source should have. */

import { type Kysely, sql } from 'kysely';
import type { NotificationVendor } from '../../domain/change-notifications.ts';
import { asUser, type UserTransaction } from '../access/as-user.ts';
import type { Database } from '../access/database.ts';

export interface NotifiedSource {
  readonly userId: string;
  readonly dataSourceId: string;
  readonly externalId: string;
  readonly secretHash: string | null;
}

/**
 * Finds the sources that these notifications concern. Like `ownerOf`, it runs outside any user's scope; it returns ids
 * and hashes only.
 */
export async function findNotifiedSources(
  db: Kysely<Database>,
  vendor: NotificationVendor,
  externalIds: readonly string[],
): Promise<NotifiedSource[]> {
  return await asUser(db, '', async (trx) => {
    const { rows } = await sql<NotifiedSource>`
      select * from notified_sources(${vendor}, ${externalIds}::text[])`.execute(trx);
    return rows;
  });
}

/** Lists the sources with change notifications, at start-up, like `usersWithSchedules`. */
export async function sourcesWithChangeNotifications(
  db: Kysely<Database>,
): Promise<Pick<NotifiedSource, 'userId' | 'dataSourceId'>[]> {
  return await asUser(db, '', async (trx) => {
    const { rows } = await sql<Pick<NotifiedSource, 'userId' | 'dataSourceId'>>`
      select * from sources_with_change_notifications()`.execute(trx);
    return rows;
  });
}

export interface Subscription {
  readonly id: string;
  readonly vendor: NotificationVendor;
  readonly externalId: string;
  readonly resourceId: string | null;
  readonly renewAt: Date | null;
  /** The same with all its digits, so that a later change can be noticed. */
  readonly seenRenewAt: string | null;
  readonly isDue: boolean;
}

/** Newest first. */
export async function listSubscriptions(trx: UserTransaction, dataSourceId: string): Promise<Subscription[]> {
  return await trx
    .selectFrom('changeNotificationSubscriptions')
    .select(['id', 'vendor', 'externalId', 'resourceId', 'renewAt'])
    .select(sql<string | null>`renew_at::text`.as('seenRenewAt'))
    .select(sql<boolean>`coalesce(renew_at <= now(), false)`.as('isDue'))
    .where('dataSourceId', '=', dataSourceId)
    .orderBy('createdAt', 'desc')
    .execute();
}

export interface NewSubscription {
  readonly userId: string;
  readonly dataSourceId: string;
  readonly vendor: NotificationVendor;
  readonly externalId: string;
  readonly resourceId: string | null;
  readonly secretHash: string | null;
  readonly renewAt: Date | null;
}

/**
 * Stores a new subscription, or one that was renewed under its existing id. If the vendor ended it or required another
 * renewal meanwhile, it stays due.
 * @param seenRenewAt when it was due before the vendor was asked; null for a new one
 */
export async function saveSubscription(
  trx: UserTransaction,
  row: NewSubscription,
  seenRenewAt: string | null,
): Promise<void> {
  const known = sql.ref('change_notification_subscriptions.renew_at');
  await trx
    .insertInto('changeNotificationSubscriptions')
    .values(row)
    .onConflict((c) =>
      c.columns(['dataSourceId', 'vendor', 'externalId']).doUpdateSet((eb) => ({
        resourceId: eb.ref('excluded.resourceId'),
        renewAt: sql<Date | null>`case when ${known} is distinct from ${seenRenewAt}::timestamptz and ${known} <= now()
          then ${known} else excluded.renew_at end`,
        // A renewed subscription keeps the secret with which it was created.
        secretHash: sql<string | null>`coalesce(excluded.secret_hash, change_notification_subscriptions.secret_hash)`,
      })),
    )
    .execute();
  await noteSubscriptionState(trx, row.dataSourceId, { isActive: true, error: null });
}

export async function deleteSubscription(trx: UserTransaction, id: string): Promise<void> {
  await trx.deleteFrom('changeNotificationSubscriptions').where('id', '=', id).execute();
}

/**
 * Deletes subscriptions of an account that is no longer the source's. Notifications that its vendor still sends match
 * no source.
 */
export async function forgetSubscriptions(trx: UserTransaction, dataSourceId: string): Promise<void> {
  await trx.deleteFrom('changeNotificationSubscriptions').where('dataSourceId', '=', dataSourceId).execute();
}

/** Makes the subscription due now, because the vendor requires a renewal or has ended it. */
export async function makeSubscriptionDue(trx: UserTransaction, dataSourceId: string): Promise<void> {
  await trx
    .updateTable('changeNotificationSubscriptions')
    .set({ renewAt: sql<Date>`now()` })
    .where('dataSourceId', '=', dataSourceId)
    .execute();
}

export async function noteSubscriptionState(
  trx: UserTransaction,
  dataSourceId: string,
  state: { readonly isActive: boolean; readonly error: string | null },
): Promise<void> {
  await trx
    .updateTable('dataSources')
    .set({ changeNotificationsActive: state.isActive, changeNotificationsError: state.error })
    .where('id', '=', dataSourceId)
    .execute();
}

export interface SubscriptionWish {
  readonly isWanted: boolean;
  readonly canCall: boolean;
}

/**
 * Whether the owner wants change notifications and a sign-in exists to request them with. Undefined if the source was
 * deleted.
 */
export async function findSubscriptionWish(
  trx: UserTransaction,
  dataSourceId: string,
): Promise<SubscriptionWish | undefined> {
  return await trx
    .selectFrom('dataSources')
    .select(sql<boolean>`change_notifications_enabled and is_active`.as('isWanted'))
    .select(sql<boolean>`auth_data is not null and not needs_sign_in`.as('canCall'))
    .where('id', '=', dataSourceId)
    .executeTakeFirst();
}
