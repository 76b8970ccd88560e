import { sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';
import type { ConnectionProvider } from '../tables/data-sources.ts';
import { recordSignInNeeded } from '../webhooks/webhook-outbox.ts';
import { toJson } from '../access/parameters.ts';
import type { SourceType } from '../../domain/source.ts';

export interface StoredCredentials {
  /** An encrypted envelope that `sources/credentials/` opens. */
  readonly authData: unknown;
  readonly needsSignIn: boolean;
}

/** The credentials that are stored for this source. */
export async function findCredentials(
  trx: UserTransaction,
  dataSourceId: string,
): Promise<StoredCredentials | undefined> {
  return await trx
    .selectFrom('dataSources')
    .select(['authData', 'needsSignIn'])
    .where('id', '=', dataSourceId)
    .executeTakeFirst();
}

/** Why a person had to sign in is answered by a sign-in; an error of another kind stays. */
const errorBeyondSignIn = sql<string | null>`case when not needs_sign_in then last_sync_error end`;

/** Stores a new sign-in; the source is connected. */
export async function saveConnection(
  trx: UserTransaction,
  dataSourceId: string,
  connection: {
    readonly authData: unknown;
    readonly provider: ConnectionProvider;
    readonly accountLabel: string;
  },
): Promise<void> {
  await trx
    .updateTable('dataSources')
    .set({
      authData: toJson(connection.authData),
      connectionProvider: connection.provider,
      connectionStatus: 'connected',
      accountLabel: connection.accountLabel,
      connectedAt: sql<Date>`now()`,
      // The position and items of one account do not apply to another.
      checkpoint: sql<string | null>`case when account_label is null or account_label = ${connection.accountLabel}
        then checkpoint end`,
      needsSignIn: false,
      lastSyncError: errorBeyondSignIn,
      tokenRefreshLockedUntil: null,
      updatedAt: sql<Date>`now()`,
    })
    .where('id', '=', dataSourceId)
    .execute();
}

/**
 * Signs the source out and deletes its tokens. The account label is kept, so that a sign-in with another account is
 * noticed.
 */
export async function forgetConnection(trx: UserTransaction, dataSourceId: string): Promise<void> {
  await trx
    .updateTable('dataSources')
    .set({
      authData: null,
      connectionProvider: null,
      connectionStatus: 'disconnected',
      needsSignIn: false,
      lastSyncError: errorBeyondSignIn,
      tokenRefreshLockedUntil: null,
      updatedAt: sql<Date>`now()`,
    })
    .where('id', '=', dataSourceId)
    .execute();
}

/**
 * Signs the source out if another source of these types is signed in to the same account. The rows are locked, so that
 * of two sources that are signed out at the same time, the second one finds no other. @returns whether it did
 */
export async function forgetIfShared(
  trx: UserTransaction,
  dataSourceId: string,
  sourceTypes: readonly SourceType[],
): Promise<boolean> {
  const signedIn = await trx
    .selectFrom('dataSources')
    .select('id')
    .where('sourceType', 'in', sourceTypes)
    .where('authData', 'is not', null)
    .where('needsSignIn', '=', false)
    .where('accountLabel', '=', (eb) =>
      eb.selectFrom('dataSources as own').select('own.accountLabel').where('own.id', '=', dataSourceId),
    )
    .orderBy('id')
    .forUpdate()
    .execute();
  const isShared = signedIn.some(({ id }) => id !== dataSourceId);
  if (isShared) await forgetConnection(trx, dataSourceId);
  return isShared;
}

/**
 * Acquires the right to refresh the token for a short time. It is a column and not a row lock, because no transaction
 * may stay open while waiting for the vendor. @returns false while another process refreshes
 */
export async function lockRefresh(trx: UserTransaction, dataSourceId: string, seconds: number): Promise<boolean> {
  const { rows } = await sql`
    update data_sources set token_refresh_locked_until = now() + make_interval(secs => ${seconds})
    where id = ${dataSourceId}
      and (token_refresh_locked_until is null or token_refresh_locked_until < now())
    returning id`.execute(trx);
  return rows.length === 1;
}

/**
 * Stores refreshed tokens and releases the lock, unless the sign-in that was read has been replaced or deleted since: a
 * person may connect or disconnect the source while the vendor answers. @returns whether they were stored
 */
export async function saveRefreshed(
  trx: UserTransaction,
  dataSourceId: string,
  { read, refreshed }: { readonly read: unknown; readonly refreshed: unknown },
): Promise<boolean> {
  const saved = await trx
    .updateTable('dataSources')
    .set({ authData: toJson(refreshed), tokenRefreshLockedUntil: null, updatedAt: sql<Date>`now()` })
    .where('id', '=', dataSourceId)
    .where(isStill(read))
    .returning('id')
    .execute();
  return saved.length > 0;
}

/** Releases the lock, unless the sign-in that was read has changed: the lock may then belong to another process. */
export async function unlockRefresh(trx: UserTransaction, dataSourceId: string, read: unknown): Promise<void> {
  await trx
    .updateTable('dataSources')
    .set({ tokenRefreshLockedUntil: null })
    .where('id', '=', dataSourceId)
    .where(isStill(read))
    .execute();
}

function isStill(read: unknown) {
  return sql<boolean>`auth_data = ${toJson(read)}::jsonb`;
}

/**
 * Records on the source that a person must sign in. A failure of an earlier sign-in does not affect the current one.
 * @param sinceMs how long ago the work began that failed, in milliseconds: the clocks of machines differ. It is measured after the
 *   transaction began, whose own time would be too early
 * @param message why, for example which permission is missing; shown while a sync waits for the sign-in
 */
export async function markNeedsSignIn(
  trx: UserTransaction,
  dataSourceId: string,
  { sinceMs, message }: { readonly sinceMs: number; readonly message: string },
): Promise<void> {
  const marked = await trx
    .updateTable('dataSources')
    .set({
      needsSignIn: true,
      connectionStatus: 'error',
      lastSyncError: message,
      tokenRefreshLockedUntil: null,
      updatedAt: sql<Date>`now()`,
    })
    .where('id', '=', dataSourceId)
    .where('needsSignIn', '=', false)
    .where(
      sql<boolean>`(connected_at is null or connected_at < clock_timestamp() - make_interval(secs => ${sinceMs} / 1000.0))`,
    )
    .returning('id')
    .execute();
  if (marked.length > 0) await recordSignInNeeded(trx, dataSourceId);
}

/** Whether there is a sign-in that is valid as far as is known. */
export async function isSignedIn(trx: UserTransaction, dataSourceId: string): Promise<boolean> {
  const row = await findCredentials(trx, dataSourceId);
  return row !== undefined && row.authData !== null && !row.needsSignIn;
}
