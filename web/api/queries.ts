/** Everything the page asks of the API, by subject. Components use these hooks, never addresses. */

import {
  type InfiniteData,
  keepPreviousData,
  useInfiniteQuery,
  type UseInfiniteQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { ask } from './client.ts';
import type * as api from './types.ts';

export type Outcome = NonNullable<api.JobItem['outcome']>;
export type FullDocument = api.DocumentsDetailData['document'];
export type SearchFilters = NonNullable<api.SearchCreatePayload['filters']>;

const root = '/api/data-sources';
const syncs = `${root}/sync`;
const schedules = '/api/scheduled-syncs';
const pageSize = 200;

export function isRunning(job: Pick<api.Job, 'status'> | undefined): boolean {
  return job?.status === 'running' || job?.status === 'pending';
}

/** A list that is loaded page by page. */
export type Pages<T> = UseInfiniteQueryResult<PagesData<T>>;
type PagesData<T> = InfiniteData<{ readonly rows: readonly T[]; readonly next: string | null }>;

interface PagesOptions<T> {
  readonly refetchInterval?:
    | number
    | false
    | ((query: { readonly state: { readonly data: PagesData<T> | undefined } }) => number);
}

function usePages<T>(
  key: readonly unknown[],
  load: (cursor: string | null) => Promise<{ readonly rows: readonly T[]; readonly next: string | null }>,
  options: PagesOptions<T> = {},
): Pages<T> {
  return useInfiniteQuery({
    queryKey: key,
    queryFn: async ({ pageParam }) => await load(pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    ...options,
  });
}

export function useSession() {
  return useQuery({
    queryKey: ['session'],
    queryFn: async () => await ask<api.SessionListData>('GET', '/api/session'),
    staleTime: 60_000,
  });
}

export function useSourceTypes() {
  return useQuery({
    queryKey: ['source-types'],
    queryFn: async () => (await ask<api.SourceTypesListData>('GET', '/api/source-types')).sourceTypes,
    staleTime: Infinity,
  });
}

export function useSources() {
  return useQuery({
    queryKey: ['sources'],
    queryFn: async () => (await ask<api.DataSourcesListData>('GET', root)).dataSources,
    refetchInterval: 5000,
  });
}

/** `source` is null while it is unknown, and where there is none of this id. */
export function useSource(id: string) {
  const sources = useSources();
  return { ...sources, source: sources.data?.find((source) => source.id === id) ?? null };
}

/** “Google Drive” for a Drive source: what its owner calls the vendor. */
export function useSourceLabel(dataSourceId: string): string {
  const { source } = useSource(dataSourceId);
  const types = useSourceTypes();
  return types.data?.find((type) => type.sourceType === source?.sourceType)?.label ?? 'the source';
}

export function useNextRuns() {
  return useQuery({
    queryKey: ['next-runs'],
    queryFn: async () => {
      const { nextRuns } = await ask<api.ScheduledSyncsNextRunsListData>('GET', `${schedules}/next-runs`);
      return new Map(nextRuns.map(({ dataSourceId, at }) => [dataSourceId, at]));
    },
    refetchInterval: 60_000,
  });
}

/** @param days how far back, today included */
export function useStatistics(days: number) {
  return useQuery({
    queryKey: ['statistics', days],
    queryFn: async () => await ask<api.Statistics>('GET', '/api/stats', { query: { days } }),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
}

export function useRunningJobs() {
  return useQuery({
    queryKey: ['jobs', 'running'],
    queryFn: async () => {
      const asked = (['running', 'pending'] as const).map(
        async (status) =>
          (await ask<api.DataSourcesSyncListData>('GET', syncs, { query: { status, limit: 200 } })).jobs,
      );
      return new Map((await Promise.all(asked)).flat().map((job) => [job.dataSourceId, job]));
    },
    refetchInterval: 3000,
  });
}

export function useJobs(dataSourceId: string | undefined) {
  return usePages<api.Job>(
    ['jobs', 'list', dataSourceId ?? null],
    async (cursor) => {
      const query = { dataSourceId, limit: pageSize, cursor };
      const { jobs, nextCursor } = await ask<api.DataSourcesSyncListData>('GET', syncs, { query });
      return { rows: jobs, next: nextCursor };
    },
    { refetchInterval: 5000 },
  );
}

/** @param everyMs how often a running job is polled; the job’s own page follows its events instead */
export function useJob(id: string, everyMs: number | false = 3000) {
  return useQuery({
    queryKey: ['job', id],
    queryFn: async () => (await ask<api.DataSourcesSyncDetailData>('GET', `${syncs}/${id}`)).job,
    refetchInterval: ({ state }) => (isRunning(state.data) ? everyMs : false),
    enabled: id !== '',
  });
}

/**
 * Follows a running job, once a second until it ends. The browser reconnects by itself.
 * @returns why the server cannot look at the job just now, or null
 */
export function useJobEvents(id: string, enabled: boolean): string | null {
  const client = useQueryClient();
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    if (!enabled) return undefined;
    const events = new EventSource(`${syncs}/${id}/events`);
    events.addEventListener('problem', ({ data }: MessageEvent<string>) =>
      setProblem((JSON.parse(data) as { detail: string }).detail),
    );
    // A lost stream may mean a lost server: asking says which.
    events.addEventListener('error', () => void client.invalidateQueries({ queryKey: ['job', id] }));
    events.addEventListener('progress', ({ data }: MessageEvent<string>) => {
      const { job } = JSON.parse(data) as { job: api.Job };
      setProblem(null);
      client.setQueryData(['job', id], job);
      if (isRunning(job)) return;
      events.close();
      for (const key of ['sources', 'jobs', 'documents', 'items']) void client.invalidateQueries({ queryKey: [key] });
    });
    return () => events.close();
  }, [client, id, enabled]);
  return enabled ? problem : null;
}

export type PlannedAction = NonNullable<api.JobItem['planned']>;
export type ItemFilter = { readonly outcome?: Outcome } | { readonly planned?: PlannedAction };

export function useJobItems(jobId: string, filter: ItemFilter, running: boolean) {
  return usePages<api.JobItem>(
    ['items', jobId, filter],
    async (cursor) => {
      const query = { ...filter, limit: pageSize, cursor };
      const { items, nextCursor } = await ask<api.DataSourcesSyncItemsListData>('GET', `${syncs}/${jobId}/items`, {
        query,
      });
      return { rows: items, next: nextCursor };
    },
    { refetchInterval: running ? 5000 : false },
  );
}

export function useHeldRemovals(jobId: string) {
  return usePages<api.UnseenItem>(['removals', jobId], async (cursor) => {
    const query = { limit: pageSize, cursor };
    const { items, nextCursor } = await ask<api.DataSourcesSyncRemovalsListData>('GET', `${syncs}/${jobId}/removals`, {
      query,
    });
    return { rows: items, next: nextCursor };
  });
}

export function useExplanation(dataSourceId: string, externalId: string | null) {
  return useQuery({
    queryKey: ['explanation', dataSourceId, externalId],
    queryFn: async () =>
      await ask<api.Explanation>('GET', '/api/documents/explain', { query: { dataSourceId, externalId } }),
    enabled: externalId !== null,
  });
}

export interface DocumentQuery {
  readonly text?: string | undefined;
  readonly dataSourceId?: string | undefined;
  readonly sourceType?: string | undefined;
  readonly projectId?: string | undefined;
  readonly tagId?: string | undefined;
  readonly mimeType?: string | undefined;
}

export function useDocuments(filter: DocumentQuery) {
  return usePages<api.Document>(['documents', filter], async (cursor) => {
    const query = { ...filter, limit: pageSize, cursor };
    const { documents, nextCursor } = await ask<api.DocumentsListData>('GET', '/api/documents', { query });
    return { rows: documents, next: nextCursor };
  });
}

export function useDocument(id: string) {
  return useQuery({
    queryKey: ['document', id],
    queryFn: async () =>
      (await ask<api.DocumentsDetailData>('GET', `/api/documents/${id}`, { query: { chunks: true } })).document,
  });
}

export function useSearch(query: string, filters: SearchFilters) {
  return useQuery({
    queryKey: ['search', query, filters],
    queryFn: async () =>
      (await ask<api.SearchCreateData>('POST', '/api/search', { body: { query, limit: 30, filters } })).hits,
    enabled: query !== '',
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
}

export function useSchedules() {
  return useQuery({
    queryKey: ['schedules'],
    queryFn: async () => (await ask<api.ScheduledSyncsListData>('GET', schedules)).scheduledSyncs,
    refetchInterval: 30_000,
  });
}

export function useSchedulePreview(body: api.ScheduledSyncsPreviewCreatePayload) {
  return useQuery({
    queryKey: ['schedule-preview', body],
    queryFn: async () =>
      (await ask<api.ScheduledSyncsPreviewCreateData>('POST', `${schedules}/preview`, { body })).nextRuns,
    retry: false,
    placeholderData: keepPreviousData,
  });
}

export function useChoices(source: ChoiceSource, field: string, within: string | null, enabled: boolean) {
  const path = 'id' in source ? `${root}/${source.id}/choices` : `/api/source-types/${source.sourceType}/choices`;
  return useQuery({
    queryKey: ['choices', path, field, within],
    queryFn: async () => (await ask<api.DataSourcesChoicesListData>('GET', path, { query: { field, within } })).choices,
    enabled,
    staleTime: 60_000,
    retry: false,
  });
}

/** Where choices come from: a connected source, or a type that needs no sign-in. */
export type ChoiceSource = { readonly id: string } | { readonly sourceType: api.SourceType };

/** A change, after which the named queries are loaded again. */
function useChange<In, Out>(change: (input: In) => Promise<Out>, ...touched: readonly string[]) {
  const client = useQueryClient();
  return useMutation<Out, Error, In>({
    mutationFn: change,
    onSettled: async () =>
      await Promise.all(touched.map(async (key) => await client.invalidateQueries({ queryKey: [key] }))),
  });
}

export const useCreateSource = () =>
  useChange(
    async (body: api.DataSourcesCreatePayload) =>
      (await ask<api.DataSourcesCreateData>('POST', root, { body })).dataSource,
    'sources',
  );

export const useUpdateSource = () =>
  useChange(
    async (body: api.DataSourcesUpdatePayload) =>
      (await ask<api.DataSourcesUpdateData>('PUT', root, { body })).dataSource,
    'sources',
    'next-runs',
  );

export const useDeleteSource = () =>
  useChange(
    async (query: { id: string; keepDocuments: boolean }) =>
      (await ask<api.DataSourcesDeleteData>('DELETE', root, { query })).deletion,
    'sources',
    'documents',
    'schedules',
  );

/** Leaves the page for the vendor’s (or Composio’s) consent screen, which sends the browser back. */
export const useConnect = () =>
  useChange(async ({ id, connectionProvider }: Pick<api.DataSource, 'id' | 'connectionProvider'>) => {
    const provider = connectionProvider === 'composio' ? 'composio' : 'oauth';
    const { authorizationUrl } = await ask<api.DataSourcesConnectListData>('GET', `${root}/${id}/connect`, {
      query: { provider, then: 'page' },
    });
    window.location.assign(authorizationUrl);
  });

export const usePasteToken = (id: string) =>
  useChange(
    async (body: api.DataSourcesCredentialsUpdatePayload) =>
      await ask<api.DataSourcesCredentialsUpdateData>('PUT', `${root}/${id}/credentials`, { body }),
    'sources',
  );

export const useDisconnect = () =>
  useChange(
    async (id: string) => await ask<api.DataSourcesDisconnectCreateData>('POST', `${root}/${id}/disconnect`),
    'sources',
  );

export const useStartSync = () =>
  useChange(
    async (body: api.DataSourcesSyncCreatePayload) =>
      (await ask<api.DataSourcesSyncCreateData>('POST', syncs, { body })).job,
    'jobs',
    'sources',
  );

/** The newest plan of a source; null where it has none. */
export function useLatestPlan(dataSourceId: string, enabled: boolean) {
  return useQuery({
    queryKey: ['jobs', 'plan', dataSourceId],
    queryFn: async () => {
      const query = { dataSourceId, dryRun: true, limit: 1 };
      return (await ask<api.DataSourcesSyncListData>('GET', syncs, { query })).jobs[0] ?? null;
    },
    enabled,
  });
}

/** Starts a plan and shows it, also where it could not be started: the plan’s page says why and offers it again. */
export function usePlanSync() {
  const start = useStartSync();
  const [, go] = useLocation();
  return {
    ...start,
    mutate: (body: Omit<api.DataSourcesSyncCreatePayload, 'dryRun'>): void =>
      start.mutate(
        { ...body, dryRun: true },
        { onSuccess: ({ id }) => go(`/sources/${body.dataSourceId}/plan?job=${id}`) },
      ),
  };
}

export type JobControl = 'pause' | 'resume' | 'approve' | 'keep' | 'cancel';

export const useControlJob = (jobId: string) =>
  useChange(
    async (verb: JobControl) =>
      verb === 'cancel'
        ? await ask<api.DataSourcesSyncDeleteData>('DELETE', syncs, { query: { jobId } })
        : await ask<api.DataSourcesSyncPauseCreateData>('POST', `${syncs}/${jobId}/${verb}`),
    'job',
    'jobs',
  );

export const useSetSpeed = (jobId: string) =>
  useChange(
    async (body: api.DataSourcesSyncSpeedCreatePayload) =>
      await ask<api.DataSourcesSyncSpeedCreateData>('POST', `${syncs}/${jobId}/speed`, { body }),
    'job',
  );

export const useRetryFailed = () =>
  useChange(
    async (jobId: string) => (await ask<api.DataSourcesSyncRetryCreateData>('POST', `${syncs}/${jobId}/retry`)).job,
    'jobs',
  );

export const useCreateSchedule = () =>
  useChange(
    async (body: api.ScheduledSyncsCreatePayload) =>
      await ask<api.ScheduledSyncsCreateData>('POST', schedules, { body }),
    'schedules',
    'next-runs',
  );

export const useUpdateSchedule = () =>
  useChange(
    async (body: api.ScheduledSyncsUpdatePayload) =>
      await ask<api.ScheduledSyncsUpdateData>('PUT', schedules, { body }),
    'schedules',
    'next-runs',
  );

export const useDeleteSchedule = () =>
  useChange(
    async (id: string) => await ask<api.ScheduledSyncsDeleteData>('DELETE', schedules, { query: { id } }),
    'schedules',
    'next-runs',
  );

export const useDeleteDocument = () =>
  useChange(async (id: string) => await ask<api.DocumentsDeleteData>('DELETE', `/api/documents/${id}`), 'documents');

/** Exchanges the surrounding application’s token, if it gives one, for a session here. */
export async function exchangeToken(tokenExchangeUrl: string): Promise<boolean> {
  const answer = await fetch(tokenExchangeUrl, {
    credentials: 'include',
    headers: { accept: 'application/json' },
  }).catch(() => null);
  if (answer === null || !answer.ok) return false;
  const { token } = (await answer.json()) as { token?: unknown };
  if (typeof token !== 'string') return false;
  await ask<api.SessionCreateData>('POST', '/api/session', { headers: { authorization: `Bearer ${token}` } });
  return true;
}

export const useSignOut = () => useChange(async () => await ask<null>('DELETE', '/api/session'), 'session');

const transformations = '/api/transformations';
export type Transformation = api.TransformationsListData['transformations'][number];

export function useTransformations() {
  return useQuery({
    queryKey: ['transformations'],
    queryFn: async () => (await ask<api.TransformationsListData>('GET', transformations)).transformations,
  });
}

export interface TransformationKind {
  readonly type: string;
  readonly description: string;
  readonly configSchema: Readonly<Record<string, unknown>>;
}

interface Variant {
  readonly properties: {
    readonly transformationType: { readonly const?: string; readonly enum?: readonly string[] };
    readonly config: { readonly description?: string };
  };
}

/** The kinds of transformations and their configuration, as the API describes them. */
export function useTransformationKinds() {
  return useQuery({
    queryKey: ['transformation-kinds'],
    queryFn: async (): Promise<readonly TransformationKind[]> => {
      const { paths } = await ask<{ paths: Readonly<Record<string, DescribedPath>> }>('GET', '/docs/openapi.json');
      const schema = paths[transformations]?.post.requestBody.content['application/json'].schema;
      return (schema?.oneOf ?? schema?.anyOf ?? []).map(({ properties: { transformationType, config } }) => ({
        type: transformationType.const ?? transformationType.enum?.[0] ?? '',
        description: config.description ?? '',
        configSchema: config as Readonly<Record<string, unknown>>,
      }));
    },
    staleTime: Infinity,
  });
}

interface DescribedPath {
  readonly post: {
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': {
          readonly schema: { readonly oneOf?: readonly Variant[]; readonly anyOf?: readonly Variant[] };
        };
      };
    };
  };
}

export function useTransformationPreview(body: object | null) {
  return useQuery({
    queryKey: ['transformation-preview', body],
    queryFn: async () =>
      (await ask<api.TransformationsPreviewCreateData>('POST', `${transformations}/preview`, { body })).preview,
    enabled: body !== null,
    retry: false,
    placeholderData: keepPreviousData,
  });
}

export function useStale() {
  return useQuery({
    queryKey: ['stale'],
    queryFn: async () => (await ask<api.TransformationsStaleListData>('GET', `${transformations}/stale`)).sources,
    refetchInterval: 10_000,
  });
}

/** The API validates the body by its kind. */
export const useCreateTransformation = () =>
  useChange(async (body: object) => await ask<unknown>('POST', transformations, { body }), 'transformations', 'stale');

export const useUpdateTransformation = () =>
  useChange(
    async (body: api.TransformationsUpdatePayload) => await ask<unknown>('PUT', transformations, { body }),
    'transformations',
    'stale',
  );

export const useDeleteTransformation = () =>
  useChange(
    async (id: string) => await ask<unknown>('DELETE', transformations, { query: { id } }),
    'transformations',
    'stale',
  );

export const useReprocess = () =>
  useChange(
    async () => await ask<api.TransformationsReprocessCreateData>('POST', `${transformations}/reprocess`, { body: {} }),
    'stale',
    'jobs',
  );

/** Projects and tags are the same thing under two names. */
export type CollectionKind = 'project' | 'tag';
export type Collection = api.ProjectsListData['projects'][number];

export function useCollections(kind: CollectionKind) {
  return useQuery({
    queryKey: [`${kind}s`],
    queryFn: async () =>
      (await ask<Readonly<Record<string, readonly Collection[]>>>('GET', `/api/${kind}s`))[`${kind}s`] ?? [],
  });
}

export function useRules(kind: CollectionKind, id: string) {
  return useQuery({
    queryKey: [`${kind}s`, id, 'rules'],
    queryFn: async () => (await ask<api.ProjectsRulesListData>('GET', `/api/${kind}s/${id}/rules`)).rules,
  });
}

export const useCreateCollection = (kind: CollectionKind) =>
  useChange(async (name: string) => await addCollection(kind, name), `${kind}s`);

export const useRenameCollection = (kind: CollectionKind) =>
  useChange(
    async (body: api.ProjectsUpdatePayload) => await ask<unknown>('PUT', `/api/${kind}s`, { body }),
    `${kind}s`,
  );

export const useDeleteCollection = (kind: CollectionKind) =>
  useChange(async (id: string) => await ask<unknown>('DELETE', `/api/${kind}s`, { query: { id } }), `${kind}s`);

export type Assignment =
  | { readonly verb: 'assign' | 'remove'; readonly id: string }
  /** To a new collection of this name. */
  | { readonly verb: 'add'; readonly name: string };

export const useAssign = (kind: CollectionKind, documentId: string) =>
  useChange(
    async (assignment: Assignment) => {
      const isNew = assignment.verb === 'add';
      const id = isNew ? await addCollection(kind, assignment.name) : assignment.id;
      const path = `/api/${kind}s/${id}/${isNew ? 'assign' : assignment.verb}`;
      await ask<unknown>('POST', path, { body: { documentIds: [documentId] } });
    },
    `${kind}s`,
    'document',
    'documents',
  );

async function addCollection(kind: CollectionKind, name: string): Promise<string> {
  const added = await ask<Readonly<Record<string, Collection>>>('POST', `/api/${kind}s`, { body: { name } });
  return added[kind]?.id ?? '';
}

export const useCreateRule = (kind: CollectionKind, id: string) =>
  useChange(
    async (body: api.ProjectsRulesCreatePayload) => await ask<unknown>('POST', `/api/${kind}s/${id}/rules`, { body }),
    `${kind}s`,
  );

export const useDeleteRule = (kind: CollectionKind, id: string) =>
  useChange(
    async (ruleId: string) => await ask<unknown>('DELETE', `/api/${kind}s/${id}/rules`, { query: { ruleId } }),
    `${kind}s`,
  );

const webhooks = '/api/webhooks';
export type WebhookEvent = api.Webhook['events'][number];

export function useWebhooks() {
  return useQuery({
    queryKey: ['webhooks'],
    queryFn: async () => (await ask<api.WebhooksListData>('GET', webhooks)).webhooks,
    refetchInterval: 10_000,
  });
}

const isPending = ({ status }: api.WebhookDelivery): boolean => status === 'pending';

export function useDeliveries(webhookId: string) {
  return usePages<api.WebhookDelivery>(
    ['deliveries', webhookId],
    async (cursor) => {
      const query = { limit: pageSize, cursor };
      const path = `${webhooks}/${webhookId}/deliveries`;
      const { deliveries, nextCursor } = await ask<api.WebhooksDeliveriesListData>('GET', path, { query });
      return { rows: deliveries, next: nextCursor };
    },
    { refetchInterval: ({ state }) => (state.data?.pages[0]?.rows.some(isPending) === true ? 2000 : 15_000) },
  );
}

export const useCreateWebhook = () =>
  useChange(
    async (body: api.WebhooksCreatePayload) => await ask<api.WebhooksCreateData>('POST', webhooks, { body }),
    'webhooks',
  );

export const useUpdateWebhook = () =>
  useChange(
    async (body: api.WebhooksUpdatePayload) => await ask<api.WebhooksUpdateData>('PUT', webhooks, { body }),
    'webhooks',
    'deliveries',
  );

export const useDeleteWebhook = () =>
  useChange(async (id: string) => await ask<api.WebhooksDeleteData>('DELETE', webhooks, { query: { id } }), 'webhooks');

export const usePing = () =>
  useChange(
    async (id: string) => await ask<api.WebhooksPingCreateData>('POST', `${webhooks}/${id}/ping`),
    'deliveries',
  );

export const useRedeliver = (webhookId: string) =>
  useChange(
    async (id: string) =>
      await ask<api.WebhooksDeliveriesRedeliverCreateData>(
        'POST',
        `${webhooks}/${webhookId}/deliveries/${id}/redeliver`,
      ),
    'deliveries',
  );
