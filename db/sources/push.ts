/** Which vendor notifications are about which sources, and what a source's subscription has to be. */

import { type Kysely, sql } from 'kysely';
import type { HookVendor } from '../../domain/push.ts';
import { asUser, type UserTransaction } from '../access/as-user.ts';
import type { Database } from '../access/database.ts';

export interface PushTarget {
  readonly userId: string;
  readonly dataSourceId: string;
  readonly externalId: string;
  readonly secretHash: string | null;
}

/** Whose sources are these notifications about? Like `ownerOf` outside any user's scope: ids and hashes, nothing else. */
export async function findPushTargets(
  db: Kysely<Database>,
  vendor: HookVendor,
  externalIds: readonly string[],
): Promise<PushTarget[]> {
  return await asUser(db, '', async (trx) => {
    const { rows } = await sql<PushTarget>`
      select * from push_targets(${vendor}, ${externalIds}::text[])`.execute(trx);
    return rows;
  });
}

/** Who wants hints? Asked at start-up, like `usersWithSchedules`. */
export async function sourcesWithPush(db: Kysely<Database>): Promise<Pick<PushTarget, 'userId' | 'dataSourceId'>[]> {
  return await asUser(db, '', async (trx) => {
    const { rows } = await sql<Pick<PushTarget, 'userId' | 'dataSourceId'>>`
      select * from sources_with_push()`.execute(trx);
    return rows;
  });
}

export interface PushSubscription {
  readonly id: string;
  readonly vendor: HookVendor;
  readonly externalId: string;
  readonly resourceId: string | null;
  readonly renewAt: Date | null;
  readonly isDue: boolean;
}

/** The newest first. */
export async function listPushSubscriptions(trx: UserTransaction, dataSourceId: string): Promise<PushSubscription[]> {
  return await trx
    .selectFrom('pushSubscriptions')
    .select(['id', 'vendor', 'externalId', 'resourceId', 'renewAt'])
    .select(sql<boolean>`coalesce(renew_at <= now(), false)`.as('isDue'))
    .where('dataSourceId', '=', dataSourceId)
    .orderBy('createdAt', 'desc')
    .execute();
}

export interface NewPushSubscription {
  readonly userId: string;
  readonly dataSourceId: string;
  readonly vendor: HookVendor;
  readonly externalId: string;
  readonly resourceId: string | null;
  readonly secretHash: string | null;
  readonly renewAt: Date | null;
}

/** A subscription that was made, or one that was renewed under its old name. */
export async function savePushSubscription(trx: UserTransaction, row: NewPushSubscription): Promise<void> {
  await trx
    .insertInto('pushSubscriptions')
    .values(row)
    .onConflict((c) =>
      c.columns(['dataSourceId', 'vendor', 'externalId']).doUpdateSet((eb) => ({
        resourceId: eb.ref('excluded.resourceId'),
        renewAt: eb.ref('excluded.renewAt'),
        // What was renewed goes on with the secret it was made with.
        secretHash: sql<string | null>`coalesce(excluded.secret_hash, push_subscriptions.secret_hash)`,
      })),
    )
    .execute();
  await notePushState(trx, row.dataSourceId, { isActive: true, error: null });
}

export async function deletePushSubscription(trx: UserTransaction, id: string): Promise<void> {
  await trx.deleteFrom('pushSubscriptions').where('id', '=', id).execute();
}

/** Of an account that is no longer the source's: what its vendor still sends finds nobody. */
export async function forgetPushSubscriptions(trx: UserTransaction, dataSourceId: string): Promise<void> {
  await trx.deleteFrom('pushSubscriptions').where('dataSourceId', '=', dataSourceId).execute();
}

/** The vendor asks for a renewal, or has ended the subscription: it is due now. */
export async function makePushDue(trx: UserTransaction, dataSourceId: string): Promise<void> {
  await trx
    .updateTable('pushSubscriptions')
    .set({ renewAt: sql<Date>`now()` })
    .where('dataSourceId', '=', dataSourceId)
    .execute();
}

export async function notePushState(
  trx: UserTransaction,
  dataSourceId: string,
  state: { readonly isActive: boolean; readonly error: string | null },
): Promise<void> {
  await trx
    .updateTable('dataSources')
    .set({ pushActive: state.isActive, pushError: state.error })
    .where('id', '=', dataSourceId)
    .execute();
}

export interface PushWish {
  readonly isWanted: boolean;
  readonly canCall: boolean;
}

/** Does the owner want hints, and is there a sign-in to ask the vendor with? Undefined: the source is gone. */
export async function findPushWish(trx: UserTransaction, dataSourceId: string): Promise<PushWish | undefined> {
  return await trx
    .selectFrom('dataSources')
    .select(sql<boolean>`push_enabled and is_active`.as('isWanted'))
    .select(sql<boolean>`auth_data is not null and not needs_sign_in`.as('canCall'))
    .where('id', '=', dataSourceId)
    .executeTakeFirst();
}
