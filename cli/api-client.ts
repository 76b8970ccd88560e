import type { z } from 'zod';
import type { collection, rule } from '../api/routes/collections.ts';
import type * as schemas from '../api/schemas.ts';
import type * as shapes from '../api/transformation-schemas.ts';

export type ApiKey = z.infer<typeof schemas.apiKey>;
export type AuditEvent = z.infer<typeof schemas.auditEvent>;
export type DataSource = z.infer<typeof schemas.dataSource>;
export type Job = z.infer<typeof schemas.job>;
export type JobItem = z.infer<typeof schemas.jobItem>;
export type UnseenItem = z.infer<typeof schemas.unseenItem>;
export type ScheduledSync = z.infer<typeof schemas.scheduledSync>;
export type Deletion = z.infer<typeof schemas.deletion>;
export type VectorOperation = z.infer<typeof schemas.vectorOperation>;
export type Explanation = z.infer<typeof schemas.explanation>;
export type Webhook = z.infer<typeof schemas.webhook>;
export type WebhookDelivery = z.infer<typeof schemas.webhookDelivery>;
export type Document = z.infer<typeof schemas.document>;
export type SearchHit = z.infer<typeof schemas.searchHit>;
export type Context = z.infer<typeof schemas.context>;

export type Transformation = z.infer<typeof shapes.transformation>;
export type Preview = z.infer<typeof shapes.preview>;
export type Collection = z.infer<typeof collection>;
type StaleSource = z.infer<typeof shapes.staleSource>;
type Rule = z.infer<typeof rule>;
type CollectionKind = 'project' | 'tag';

/** Thrown if the API refuses a request or cannot be reached. The message is for the person at the terminal. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    super(typeof body['detail'] === 'string' ? body['detail'] : `The API answered ${status}.`);
    this.status = status;
    this.code = typeof body['code'] === 'string' ? body['code'] : 'unknown';
    this.body = body;
  }
}

export type ApiClient = ReturnType<typeof createApiClient>;

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface ApiAccess {
  readonly url: string;
  /** A JWT, if the installation requires one. */
  readonly token: string | undefined;
  /** For requests that only operators may make. */
  readonly adminToken?: string | undefined;
}

/** The REST API as functions. */
export function createApiClient({ url, token, adminToken }: ApiAccess) {
  const addressOf = (path: string, query: Query): URL => {
    const target = new URL(path, url);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) target.searchParams.set(name, String(value));
    return target;
  };
  async function call<T>(
    method: string,
    path: string,
    options: { readonly query?: Query; readonly body?: object } = {},
  ): Promise<T> {
    let response: Response;
    try {
      response = await fetch(addressOf(path, options.query ?? {}), {
        method,
        // Fetch takes the token off when it follows a redirect to another host, but not the operator's header.
        redirect: 'manual',
        headers: {
          accept: 'application/json',
          ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(adminToken === undefined ? {} : { 'x-admin-token': adminToken }),
        },
        ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      });
    } catch {
      throw new ApiError(0, unreachable(url));
    }
    const body = await readJson(response, url);
    if (!response.ok) throw new ApiError(response.status, body);
    return body as T;
  }
  async function download(path: string, query: Query = {}): Promise<AsyncIterable<Uint8Array>> {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(addressOf(path, query), { headers, redirect: 'manual' }).catch(() => null);
    if (response === null) throw new ApiError(0, unreachable(url));
    if (!response.ok || response.body === null) throw new ApiError(response.status, await readJson(response, url));
    return response.body;
  }
  const jobs = '/api/data-sources/sync';
  const schedules = '/api/scheduled-syncs';
  const webhooks = '/api/webhooks';
  const transformations = '/api/transformations';
  return {
    listSources: async () => (await call<{ dataSources: DataSource[] }>('GET', '/api/data-sources')).dataSources,
    createSource: async (body: object) =>
      (await call<{ dataSource: DataSource }>('POST', '/api/data-sources', { body })).dataSource,
    updateSource: async (body: object) =>
      (await call<{ dataSource: DataSource }>('PUT', '/api/data-sources', { body })).dataSource,
    deleteSource: async (query: Query) =>
      (await call<{ deletion: Deletion }>('DELETE', '/api/data-sources', { query })).deletion,
    deleteDocument: async (id: string) =>
      (await call<{ deletion: Deletion }>('DELETE', `/api/documents/${part(id)}`)).deletion,
    eraseUser: async () =>
      (await call<{ deletion: Deletion }>('POST', '/api/user/erase', { body: { confirm: 'erase everything' } }))
        .deletion,
    getDeletion: async (id: string) =>
      (await call<{ deletion: Deletion }>('GET', '/api/deletions', { query: { id } })).deletion,
    connect: async (id: string) =>
      (await call<{ authorizationUrl: string }>('GET', `/api/data-sources/${part(id)}/connect`)).authorizationUrl,
    setCredentials: async (id: string, body: object) =>
      (await call<{ dataSource: DataSource }>('PUT', `/api/data-sources/${part(id)}/credentials`, { body })).dataSource,
    disconnect: async (id: string) =>
      (await call<{ dataSource: DataSource }>('POST', `/api/data-sources/${part(id)}/disconnect`)).dataSource,
    startJob: async (body: object) => {
      const { job, warning } = await call<{ job: Job; warning: string | null }>('POST', jobs, { body });
      if (warning !== null) console.error(`headwater: ${warning}`);
      return job;
    },
    listJobs: async (query: Query) => await call<{ jobs: Job[]; nextCursor: string | null }>('GET', jobs, { query }),
    getJob: async (id: string) => (await call<{ job: Job }>('GET', `${jobs}/${part(id)}`)).job,
    cancelJob: async (jobId: string) => (await call<{ job: Job }>('DELETE', jobs, { query: { jobId } })).job,
    sendJobUpdate: async (id: string, verb: 'pause' | 'resume' | 'approve' | 'keep' | 'retry') =>
      (await call<{ job: Job }>('POST', `${jobs}/${part(id)}/${verb}`)).job,
    changeSpeed: async (id: string, body: object) =>
      (await call<{ job: Job }>('POST', `${jobs}/${part(id)}/speed`, { body })).job,
    listItems: async (id: string, query: Query) =>
      await call<{ items: JobItem[]; nextCursor: string | null }>('GET', `${jobs}/${part(id)}/items`, { query }),
    listRemovals: async (id: string, query: Query) =>
      await call<{ items: UnseenItem[]; nextCursor: string | null }>('GET', `${jobs}/${part(id)}/removals`, { query }),
    listSchedules: async (query: Query) =>
      (await call<{ scheduledSyncs: ScheduledSync[] }>('GET', schedules, { query })).scheduledSyncs,
    previewSchedule: async (body: object) =>
      (await call<{ nextRuns: string[] }>('POST', `${schedules}/preview`, { body })).nextRuns,
    createSchedule: async (body: object) =>
      (await call<{ scheduledSync: ScheduledSync }>('POST', schedules, { body })).scheduledSync,
    updateSchedule: async (body: object) =>
      (await call<{ scheduledSync: ScheduledSync }>('PUT', schedules, { body })).scheduledSync,
    deleteSchedule: async (query: Query) => await call<object>('DELETE', schedules, { query }),
    listWebhooks: async () => (await call<{ webhooks: Webhook[] }>('GET', webhooks)).webhooks,
    createWebhook: async (body: object) => await call<{ webhook: Webhook; secret: string }>('POST', webhooks, { body }),
    updateWebhook: async (body: object) => (await call<{ webhook: Webhook }>('PUT', webhooks, { body })).webhook,
    deleteWebhook: async (query: Query) => await call<object>('DELETE', webhooks, { query }),
    pingWebhook: async (id: string) =>
      (await call<{ delivery: WebhookDelivery }>('POST', `${webhooks}/${part(id)}/ping`)).delivery,
    listDeliveries: async (id: string, query: Query) =>
      (await call<{ deliveries: WebhookDelivery[] }>('GET', `${webhooks}/${part(id)}/deliveries`, { query }))
        .deliveries,
    redeliver: async (id: string, deliveryId: string) =>
      (
        await call<{ delivery: WebhookDelivery }>(
          'POST',
          `${webhooks}/${part(id)}/deliveries/${part(deliveryId)}/redeliver`,
        )
      ).delivery,
    listDocuments: async (query: Query) =>
      await call<{ documents: Document[]; nextCursor: string | null }>('GET', '/api/documents', { query }),
    exportDocuments: async (query: Query) => await download('/api/documents/export', query),
    explain: async (query: Query) => await call<Explanation>('GET', '/api/documents/explain', { query }),
    report: async (id: string, format: string) => await download(`${jobs}/${part(id)}/report`, { format }),
    getDocument: async (id: string) =>
      (await call<{ document: Document & { text: string } }>('GET', `/api/documents/${part(id)}`)).document,
    buildContext: async (body: object) => await call<Context>('POST', '/api/context', { body }),
    listKeys: async () => (await call<{ keys: ApiKey[] }>('GET', '/api/keys')).keys,
    createKey: async (body: object) => await call<{ key: ApiKey; secret: string }>('POST', '/api/keys', { body }),
    revokeKey: async (query: Query) => (await call<{ key: ApiKey }>('DELETE', '/api/keys', { query })).key,
    listAuditEvents: async (query: Query) =>
      await call<{ events: AuditEvent[]; nextCursor: string | null }>('GET', '/api/audit-events', { query }),
    exportAuditEvents: async (query: Query) => await download('/api/audit-events/export', query),
    verifyVectors: async (body: object) =>
      (await call<{ operation: VectorOperation }>('POST', '/api/vectors/verify', { body })).operation,
    moveVectors: async () =>
      (await call<{ operation: VectorOperation }>('POST', '/api/vectors/move', { body: {} })).operation,
    getVectorOperation: async (name: string) =>
      (await call<{ operation: VectorOperation }>('GET', `/api/vectors/${part(name)}`)).operation,
    listTransformations: async () =>
      (await call<{ transformations: Transformation[] }>('GET', transformations)).transformations,
    createTransformation: async (body: object) =>
      (await call<{ transformation: Transformation }>('POST', transformations, { body })).transformation,
    updateTransformation: async (body: object) =>
      (await call<{ transformation: Transformation }>('PUT', transformations, { body })).transformation,
    deleteTransformation: async (query: Query) => await call<object>('DELETE', transformations, { query }),
    previewTransformations: async (body: object) =>
      (await call<{ preview: Preview }>('POST', `${transformations}/preview`, { body })).preview,
    listStale: async () => (await call<{ sources: StaleSource[] }>('GET', `${transformations}/stale`)).sources,
    reprocess: async (body: object) =>
      await call<{ jobs: Job[]; notStarted: { dataSourceId: string; message: string }[] }>(
        'POST',
        `${transformations}/reprocess`,
        { body },
      ),
    listCollections: async (kind: CollectionKind) =>
      (await call<Record<string, Collection[]>>('GET', `/api/${kind}s`))[`${kind}s`] ?? [],
    createCollection: async (kind: CollectionKind, body: object) =>
      (await call<Record<CollectionKind, Collection>>('POST', `/api/${kind}s`, { body }))[kind],
    deleteCollection: async (kind: CollectionKind, query: Query) =>
      await call<object>('DELETE', `/api/${kind}s`, { query }),
    changeCollection: async (kind: CollectionKind, id: string, verb: 'assign' | 'remove', body: object) =>
      (await call<Record<CollectionKind, Collection>>('POST', `/api/${kind}s/${part(id)}/${verb}`, { body }))[kind],
    listRules: async (kind: CollectionKind, id: string) =>
      (await call<{ rules: Rule[] }>('GET', `/api/${kind}s/${part(id)}/rules`)).rules,
    createRule: async (kind: CollectionKind, id: string, body: object) =>
      (await call<{ rule: Rule }>('POST', `/api/${kind}s/${part(id)}/rules`, { body })).rule,
    deleteRule: async (kind: CollectionKind, id: string, query: Query) =>
      await call<object>('DELETE', `/api/${kind}s/${part(id)}/rules`, { query }),
    search: async (body: object) => (await call<{ hits: SearchHit[] }>('POST', '/api/search', { body })).hits,
  };
}

/** Encodes a value as a part of a path. */
const part = encodeURIComponent;

/** @throws ApiError if the answer is not JSON, because something else is listening there */
async function readJson(response: Response, url: string): Promise<Record<string, unknown>> {
  if (response.status >= 300 && response.status < 400) throw redirects(response, url);
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  const body: unknown = isJson ? await response.json().catch(() => null) : null;
  if (typeof body === 'object' && body !== null) return body as Record<string, unknown>;
  throw new ApiError(0, {
    code: 'not_headwater',
    detail: `The server at ${url} (${response.status}) is not Headwater's API. Use another URL with --url or HEADWATER_URL.`,
  });
}

function redirects({ headers }: Response, url: string): ApiError {
  const location = headers.get('location') ?? '';
  const target = URL.canParse(location, url) ? ` to ${new URL(location, url).origin}` : '';
  return new ApiError(0, {
    code: 'redirects',
    detail: `${url} redirects${target}; tokens are not sent along. If that is your Headwater, give its address: --url or HEADWATER_URL.`,
  });
}

function unreachable(url: string) {
  return {
    code: 'unreachable',
    detail: `Headwater does not answer at ${url}. Check that it is running (npm start), or use another URL with --url or HEADWATER_URL.`,
  };
}
