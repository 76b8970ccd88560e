import { sql } from 'kysely';
import type { SourceType } from '../../domain/source.ts';
import type { UserTransaction } from '../access/as-user.ts';
import { selectGapCount, selectGaps } from '../items/gaps.ts';
import type { SyncFrequency } from '../tables/data-sources.ts';
import { toJson } from '../access/parameters.ts';

const columns = [
  'id',
  'name',
  'sourceType',
  'connectionStatus',
  'connectionProvider',
  'needsSignIn',
  'accountLabel',
  'config',
  'configChangedAt',
  'lastSyncAt',
  'lastSyncStatus',
  'lastSyncError',
  'lastFullListingAt',
  'totalItemsSynced',
  'syncFrequency',
  'isActive',
  'changeNotificationsEnabled',
  'changeNotificationsActive',
  'changeNotificationsError',
  'createdAt',
  'updatedAt',
] as const;
const gaps = [selectGaps('dataSources'), selectGapCount('dataSources')] as const;

/** A source as its owner sees it, without tokens and positions. */
export type DataSource = Awaited<ReturnType<typeof listDataSources>>[number];

export async function listDataSources(trx: UserTransaction) {
  return await trx.selectFrom('dataSources').select(columns).select(gaps).orderBy('createdAt').orderBy('id').execute();
}

export async function findDataSource(trx: UserTransaction, id: string): Promise<DataSource | undefined> {
  return await trx.selectFrom('dataSources').select(columns).select(gaps).where('id', '=', id).executeTakeFirst();
}

export interface NewDataSource {
  readonly userId: string;
  readonly name: string;
  readonly sourceType: SourceType;
  readonly config: object;
  readonly syncFrequency: SyncFrequency;
  /** Set for sources that need no sign-in. */
  readonly accountLabel: string | null;
}

export async function createDataSource(trx: UserTransaction, source: NewDataSource): Promise<DataSource> {
  return await trx
    .insertInto('dataSources')
    .values({
      userId: source.userId,
      name: source.name,
      sourceType: source.sourceType,
      config: toJson(source.config),
      syncFrequency: source.syncFrequency,
      accountLabel: source.accountLabel,
      connectionStatus: source.accountLabel === null ? 'disconnected' : 'connected',
    })
    .returning(columns)
    .returning(gaps)
    .executeTakeFirstOrThrow();
}

export interface DataSourceChange {
  readonly name?: string | undefined;
  readonly config?: object | undefined;
  readonly syncFrequency?: SyncFrequency | undefined;
  readonly isActive?: boolean | undefined;
  readonly changeNotificationsEnabled?: boolean | undefined;
  readonly accountLabel?: string | undefined;
}

/**
 * A changed config may select other items: the saved position no longer applies, and the next job lists everything and
 * asks a person before it removes anything. If the config is the same, nothing changes.
 */
export async function updateDataSource(
  trx: UserTransaction,
  id: string,
  change: DataSourceChange,
): Promise<DataSource | undefined> {
  return await trx
    .updateTable('dataSources')
    .set({
      updatedAt: sql<Date>`now()`,
      ...(change.name === undefined ? {} : { name: change.name }),
      ...(change.syncFrequency === undefined ? {} : { syncFrequency: change.syncFrequency }),
      ...(change.isActive === undefined ? {} : { isActive: change.isActive }),
      ...(change.changeNotificationsEnabled === undefined
        ? {}
        : { changeNotificationsEnabled: change.changeNotificationsEnabled, changeNotificationsError: null }),
      ...(change.accountLabel === undefined ? {} : { accountLabel: change.accountLabel }),
      ...(change.config === undefined ? {} : changedConfig(toJson(change.config))),
    })
    .where('id', '=', id)
    .returning(columns)
    .returning(gaps)
    .executeTakeFirst();
}

function changedConfig(config: string) {
  const isSame = sql`config = ${config}::jsonb`;
  return {
    config,
    configChangedAt: sql<Date>`case when ${isSame} then config_changed_at else now() end`,
    checkpoint: sql<string>`case when ${isSame} then checkpoint end`,
  };
}

/** Detaches the documents that are kept when their source is deleted. */
export async function keepDocuments(trx: UserTransaction, dataSourceId: string): Promise<void> {
  await trx.updateTable('documents').set({ dataSourceId: null }).where('dataSourceId', '=', dataSourceId).execute();
}

/** Deletes the row with its items, jobs and ledger. */
export async function deleteDataSource(trx: UserTransaction, id: string): Promise<void> {
  await trx.deleteFrom('dataSources').where('id', '=', id).execute();
}
