/** The calls of the commands, over the client of the API. What a person has typed is checked by the API. */

import { type ClientOptions, createClient, type HeadwaterClient } from '../client/src/index.ts';
import type * as api from '../client/src/index.ts';

export { HeadwaterError as ApiError } from '../client/src/index.ts';
export type {
  DataSource,
  Deletion,
  Document,
  ExportLine,
  ExportOptions,
  ItemHistory,
  Job,
  JobItem,
  ScheduledSync,
  SearchHit,
  UnseenItem,
  VectorOperation,
  Webhook,
  WebhookDelivery,
} from '../client/src/index.ts';

export type AuditEvent = api.ListAuditEventsData['events'][number];
export type ApiKey = api.ListApiKeysData['keys'][number];
export type Context = api.BuildContextData;
export type Transformation = api.ListTransformationsData['transformations'][number];
export type Preview = api.PreviewTransformationsData['preview'];
export type Collection = api.GetTagData['tag'];
type CollectionKind = 'project' | 'tag';

/** A change, by the name of its field. */
interface Change {
  readonly id: string;
  readonly [field: string]: unknown;
}

/** A person waits: one repetition, of what may be repeated. */
const maxRetries = 1;

export type ApiClient = ReturnType<typeof createApiClient>;

export function createApiClient(access: Pick<ClientOptions, 'url' | 'token' | 'adminToken'>) {
  const client = createClient({ ...access, maxRetries });
  return {
    ...jobCalls(client),
    ...collectionCalls(client),
    ...transformationCalls(client),
    ...webhookCalls(client),
    ...documentCalls(client),
    listSources: async () => (await client.listDataSources()).dataSources,
    createSource: async (body: object) =>
      (await client.createDataSource(body as api.CreateDataSourcePayload)).dataSource,
    updateSource: async ({ id, ...body }: Change) => (await client.updateDataSource(id, body)).dataSource,
    listChoices: async (id: string, query: api.ListDataSourceChoicesQuery) =>
      (await client.listDataSourceChoices(id, query)).choices,
    deleteSource: async ({ id, ...query }: { readonly id: string; readonly keepDocuments: boolean }) =>
      (await client.deleteDataSource(id, query)).deletion,
    connect: async (id: string, query: api.ConnectDataSourceQuery = {}) =>
      (await client.connectDataSource(id, query)).authorizationUrl,
    setCredentials: async (id: string, body: api.SetCredentialsPayload) =>
      (await client.setCredentials(id, body)).dataSource,
    disconnect: async (id: string) => (await client.disconnectDataSource(id)).dataSource,
    eraseUser: async () => (await client.eraseUser({ confirm: 'erase everything' })).deletion,
    listFiles: (id: string, query: api.ListUploadedFilesQuery) => client.listUploadedFiles(id, query),
    uploadFile: (id: string, file: Blob, path: string) => client.uploadFile(id, file, { path }),
    deleteFiles: (id: string, path: string) => client.deleteUploadedFiles(id, { path }),
    waitForDeletion: client.waitForDeletion,
    listSchedules: async (query: api.ListScheduledSyncsQuery) =>
      (await client.listScheduledSyncs(query)).scheduledSyncs,
    previewSchedule: async (body: object) =>
      (await client.previewSchedule(body as api.PreviewSchedulePayload)).nextRuns,
    createSchedule: async (body: object) =>
      (await client.createScheduledSync(body as api.CreateScheduledSyncPayload)).scheduledSync,
    updateSchedule: async ({ id, ...body }: Change) => (await client.updateScheduledSync(id, body)).scheduledSync,
    deleteSchedule: ({ id }: { readonly id: string }) => client.deleteScheduledSync(id),
    listKeys: async () => (await client.listApiKeys()).keys,
    createKey: (body: object) => client.createApiKey(body as api.CreateApiKeyPayload),
    revokeKey: async ({ id }: { readonly id: string }) => (await client.revokeApiKey(id)).key,
    listAuditEvents: (query: api.ListAuditEventsQuery) => client.listAuditEvents(query),
    exportAuditEvents: async (query: api.ExportAuditEventsQuery) => bodyOf(await client.exportAuditEvents(query)),
    verifyVectors: async (body: api.VerifyVectorsPayload) => (await client.verifyVectors(body)).operation,
    moveVectors: async () => (await client.moveVectors({})).operation,
    getVectorOperation: async (name: string) => (await client.getVectorOperation(name)).operation,
    waitForVectorOperation: client.waitForVectorOperation,
  };
}

function jobCalls(client: HeadwaterClient) {
  const updates = {
    pause: client.pauseJob,
    resume: client.resumeJob,
    approve: client.approveRemovals,
    keep: client.keepRemovals,
    retry: client.retryJob,
  };
  return {
    startJob: async (body: object) => showWarning(await client.startJob(body as api.StartJobPayload)).job,
    listJobs: (query: api.ListJobsQuery) => client.listJobs(query),
    getJob: async (id: string) => (await client.getJob(id)).job,
    waitForJob: client.waitForJob,
    cancelJob: async (id: string) => (await client.cancelJob(id)).job,
    sendJobUpdate: async (id: string, verb: keyof typeof updates) => showWarning(await updates[verb](id)).job,
    changeSpeed: async (id: string, body: object) => (await client.changeJobSpeed(id, body)).job,
    listItems: (id: string, query: object) => client.listJobItems(id, query),
    listRemovals: (id: string, query: api.ListJobRemovalsQuery) => client.listJobRemovals(id, query),
    report: async (id: string, format: string) =>
      bodyOf(await client.getJobReport(id, { format } as api.GetJobReportQuery)),
  };
}

/** A warning is for the person, and not part of what a program reads. */
function showWarning<Answer extends object>(answer: Answer): Answer {
  if ('warning' in answer && typeof answer.warning === 'string') console.error(`headwater: ${answer.warning}`);
  return answer;
}

function bodyOf({ body }: Response): AsyncIterable<Uint8Array> {
  return body ?? new ReadableStream<Uint8Array>();
}

function documentCalls(client: HeadwaterClient) {
  return {
    listDocuments: (query: object) => client.listDocuments({ order: 'changed', ...query }),
    getDocument: async (id: string) => (await client.getDocument(id)).document,
    deleteDocument: async (id: string) => (await client.deleteDocument(id)).deletion,
    history: (query: api.GetItemHistoryQuery) => client.getItemHistory(query),
    search: async (body: object) => (await client.search(body as api.SearchPayload)).hits,
    buildContext: (body: api.BuildContextPayload) => client.buildContext(body),
    exportLines: (query: api.ExportQuery) => client.exportLines(query),
    exportParquet: async (query: api.ExportQuery) =>
      bodyOf(await client.exportDocuments({ ...query, format: 'parquet' })),
  };
}

function transformationCalls(client: HeadwaterClient) {
  return {
    listTransformations: async () => (await client.listTransformations()).transformations,
    createTransformation: async (body: object) =>
      (await client.createTransformation(body as api.CreateTransformationPayload)).transformation,
    updateTransformation: async ({ id, ...body }: Change) =>
      (await client.updateTransformation(id, body)).transformation,
    deleteTransformation: ({ id }: { readonly id: string }) => client.deleteTransformation(id),
    previewTransformations: async (body: object) => (await client.previewTransformations(body)).preview,
    listStale: async () => (await client.listStaleDocuments()).sources,
    reprocess: async (body: api.ReprocessPayload) => showWarning(await client.reprocess(body)),
  };
}

function webhookCalls(client: HeadwaterClient) {
  return {
    listWebhooks: async () => (await client.listWebhooks()).webhooks,
    createWebhook: (body: object) => client.createWebhook(body as api.CreateWebhookPayload),
    updateWebhook: async ({ id, ...body }: Change) => (await client.updateWebhook(id, body)).webhook,
    deleteWebhook: ({ id }: { readonly id: string }) => client.deleteWebhook(id),
    pingWebhook: async (id: string) => (await client.pingWebhook(id)).delivery,
    listDeliveries: async (id: string, query: api.ListWebhookDeliveriesQuery) =>
      (await client.listWebhookDeliveries(id, query)).deliveries,
    redeliver: async (id: string, deliveryId: string) => (await client.redeliver(id, deliveryId)).delivery,
  };
}

/** Projects and tags have the same calls. */
function collectionCalls(client: HeadwaterClient) {
  return {
    listCollections: async (kind: CollectionKind): Promise<Collection[]> =>
      kind === 'tag' ? (await client.listTags()).tags : (await client.listProjects()).projects,
    createCollection: async (kind: CollectionKind, body: { readonly name: string }): Promise<Collection> =>
      kind === 'tag' ? (await client.createTag(body)).tag : (await client.createProject(body)).project,
    deleteCollection: async (kind: CollectionKind, { id }: { readonly id: string }): Promise<object> =>
      kind === 'tag' ? await client.deleteTag(id) : await client.deleteProject(id),
    changeCollection: async (
      kind: CollectionKind,
      id: string,
      verb: 'assign' | 'remove',
      body: api.AssignTagPayload,
    ): Promise<Collection> => {
      if (kind === 'tag') return (await (verb === 'assign' ? client.assignTag : client.unassignTag)(id, body)).tag;
      return (await (verb === 'assign' ? client.assignProject : client.unassignProject)(id, body)).project;
    },
    listRules: async (kind: CollectionKind, id: string) =>
      (await (kind === 'tag' ? client.listTagRules : client.listProjectRules)(id)).rules,
    createRule: async (kind: CollectionKind, id: string, body: api.CreateTagRulePayload) =>
      (await (kind === 'tag' ? client.createTagRule : client.createProjectRule)(id, body)).rule,
    deleteRule: (kind: CollectionKind, id: string, { ruleId }: { readonly ruleId: string }): Promise<object> =>
      (kind === 'tag' ? client.deleteTagRule : client.deleteProjectRule)(id, ruleId),
  };
}
