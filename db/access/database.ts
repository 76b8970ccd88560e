import { CamelCasePlugin, Kysely } from 'kysely';
import pg from 'pg';
import { StorableParameters } from './parameters.ts';
import { sendLargeParametersUncopied } from './large-parameters.ts';
import { UserDialect } from './user-dialect.ts';
import type { ApiKeysTable } from '../tables/api-keys.ts';
import type { AuditEventsTable } from '../tables/audit-events.ts';
import type { AccountLimitsTable, DataSourcesTable, OauthStatesTable } from '../tables/data-sources.ts';
import type {
  DocumentChangesTable,
  DocumentChunksTable,
  DocumentFeedsTable,
  DocumentsTable,
  OriginalTextsTable,
  RecognizedPagesTable,
} from '../tables/documents.ts';
import type { JobItemsTable } from '../tables/job-items.ts';
import type {
  AssignmentRulesTable,
  DocumentTagsTable,
  EtlTransformationsTable,
  NamesTable,
  ProjectDocumentsTable,
  ScheduledSyncsTable,
} from '../tables/organization.ts';
import type { PageSessionsTable } from '../tables/page-sessions.ts';
import type { SubscriptionsTable } from '../tables/subscriptions.ts';
import type { SourceDayErrorsTable, SourceDaysTable } from '../tables/statistics.ts';
import type { SourceContainersTable, SourceGapsTable, SyncItemsTable } from '../tables/sync-items.ts';
import type {
  JobContainersTable,
  JobGapsTable,
  JobPagesTable,
  JobRemovalsTable,
  PlanContainersTable,
  SyncJobsTable,
} from '../tables/sync-jobs.ts';
import type { UploadedContentsTable, UploadedFilesTable, UploadedPartsTable } from '../tables/uploaded-files.ts';
import type { EmbeddingsTable, VectorDeletionsTable, VectorSpacesTable } from '../tables/vectors.ts';
import type { WebhookDeliveriesTable, WebhookEndpointsTable, WebhookEventsTable } from '../tables/webhooks.ts';

/** All tables. Columns are camelCase here and snake_case in Postgres. */
export interface Database {
  dataSources: DataSourcesTable;
  oauthStates: OauthStatesTable;
  syncJobs: SyncJobsTable;
  syncItems: SyncItemsTable;
  sourceContainers: SourceContainersTable;
  sourceGaps: SourceGapsTable;
  jobPages: JobPagesTable;
  jobContainers: JobContainersTable;
  jobGaps: JobGapsTable;
  jobRemovals: JobRemovalsTable;
  planContainers: PlanContainersTable;
  jobItems: JobItemsTable;
  documents: DocumentsTable;
  documentChunks: DocumentChunksTable;
  documentChanges: DocumentChangesTable;
  documentFeeds: DocumentFeedsTable;
  embeddings: EmbeddingsTable;
  vectorDeletions: VectorDeletionsTable;
  vectorSpaces: VectorSpacesTable;
  accountLimits: AccountLimitsTable;
  etlTransformations: EtlTransformationsTable;
  scheduledSyncs: ScheduledSyncsTable;
  projects: NamesTable;
  projectDocuments: ProjectDocumentsTable;
  tags: NamesTable;
  documentTags: DocumentTagsTable;
  changeNotificationSubscriptions: SubscriptionsTable;
  webhookEndpoints: WebhookEndpointsTable;
  webhookEvents: WebhookEventsTable;
  webhookDeliveries: WebhookDeliveriesTable;
  apiKeys: ApiKeysTable;
  auditEvents: AuditEventsTable;
  pageSessions: PageSessionsTable;
  assignmentRules: AssignmentRulesTable;
  originalTexts: OriginalTextsTable;
  recognisedPages: RecognizedPagesTable;
  sourceDays: SourceDaysTable;
  sourceDayErrors: SourceDayErrorsTable;
  uploadedContents: UploadedContentsTable;
  uploadedParts: UploadedPartsTable;
  uploadedFiles: UploadedFilesTable;
}

/** A pool that its owner must dispose of with `await using`. */
export type OpenDatabase = Kysely<Database> &
  AsyncDisposable & {
    /**
     * A small second pool for ending what must not wait for a connection, such as a cancelled job. On the embedded
     * database it is the only connection, the same as the pool's.
     */
    readonly reserve: Kysely<Database>;
  };

/** Connections of the second pool; they are opened when they are needed. */
const reserveSize = 2;

/**
 * Opens a pool. `poolSize` must be exactly 1 on the embedded database, which mixes up the answers of two connections. A
 * lost connection is not reported when it breaks: the next query on it fails, and its step is repeated.
 */
export function openDatabase(url: string, poolSize: number): OpenDatabase {
  const db = openPool(url, poolSize);
  const reserve = poolSize === 1 ? db : openPool(url, reserveSize);
  const pools = new Set([db, reserve]);
  return Object.assign(db, {
    reserve,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...pools].map((pool) => pool.destroy()));
    },
  });
}

function openPool(url: string, size: number): Kysely<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    max: size,
    connectionTimeoutMillis: 15_000,
    keepAlive: true,
    application_name: 'headwater',
  });
  // Without listeners, a broken connection would end the process: an idle one through the pool's event, one inside a
  // transaction, between two statements, through its own.
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    client.on('error', () => {});
    sendLargeParametersUncopied(client);
  });
  return new Kysely<Database>({
    dialect: new UserDialect({ pool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true }), new StorableParameters()],
  });
}
