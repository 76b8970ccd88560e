import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { useChange } from './change.ts';
import { ask } from './client.ts';
import { pageSize, usePages } from './pages.ts';
import type * as api from './types.ts';

export const syncs = '/api/data-sources/sync';

export function isRunning(job: Pick<api.Job, 'status'> | undefined): boolean {
  return job?.status === 'running' || job?.status === 'pending';
}

export function useRunningJobs() {
  return useQuery({
    queryKey: ['jobs', 'running'],
    queryFn: async () => {
      const asked = (['running', 'pending'] as const).map(
        async (status) => (await ask<api.ListJobsData>('GET', syncs, { query: { status, limit: 200 } })).jobs,
      );
      return new Map((await Promise.all(asked)).flat().map((job) => [job.dataSourceId, job]));
    },
    refetchInterval: 3000,
  });
}

export function useRecentJobs() {
  return useQuery({
    queryKey: ['jobs', 'recent'],
    queryFn: async () => (await ask<api.ListJobsData>('GET', syncs, { query: { limit: 50 } })).jobs,
    staleTime: 10_000,
  });
}

export interface JobFilter {
  readonly dataSourceId?: string | undefined;
  readonly status?: api.Job['status'] | undefined;
  /** Whether only plans, or only syncs, are listed. */
  readonly dryRun?: boolean | undefined;
}

export function useJobs(filter: JobFilter) {
  return usePages<api.Job>(
    ['jobs', 'list', filter],
    async (cursor) => {
      const query = { ...filter, limit: pageSize, cursor };
      const { jobs, nextCursor } = await ask<api.ListJobsData>('GET', syncs, { query });
      return { rows: jobs, next: nextCursor };
    },
    { refetchInterval: 5000 },
  );
}

/** @param everyMs how often a running job is polled; the job’s own page follows its events instead */
export function useJob(id: string, everyMs: number | false = 3000) {
  return useQuery({
    queryKey: ['job', id],
    queryFn: async () => (await ask<api.GetJobData>('GET', `${syncs}/${id}`)).job,
    refetchInterval: ({ state }) => (isRunning(state.data) ? everyMs : false),
    enabled: id !== '',
  });
}

/** The pause before the events are asked for again, in milliseconds. */
const refusedPauseMs = 5000;

/**
 * Follows a running job, once a second until it ends. The browser reconnects by itself if the connection breaks, but gives
 * up at the first answer that is an error: a proxy’s while the server starts again, too many open streams.
 * @returns why the server cannot look at the job just now, or null
 */
export function useJobEvents(id: string, enabled: boolean): string | null {
  const client = useQueryClient();
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    if (!enabled) return undefined;
    let stop = (): void => {};
    const follow = (): void => {
      const events = new EventSource(`${syncs}/${id}/events`);
      stop = () => events.close();
      events.addEventListener('problem', ({ data }: MessageEvent<string>) =>
        setProblem((JSON.parse(data) as { detail: string }).detail),
      );
      events.addEventListener('error', () => {
        // If the server is gone too, the request fails and shows it.
        void client.invalidateQueries({ queryKey: ['job', id] });
        if (events.readyState !== EventSource.CLOSED) return;
        const timer = setTimeout(follow, refusedPauseMs);
        stop = () => clearTimeout(timer);
      });
      events.addEventListener('progress', ({ data }: MessageEvent<string>) => {
        const { job } = JSON.parse(data) as { job: api.Job };
        setProblem(null);
        client.setQueryData(['job', id], job);
        if (isRunning(job)) return;
        events.close();
        for (const key of ['sources', 'jobs', 'documents', 'items']) void client.invalidateQueries({ queryKey: [key] });
      });
    };
    follow();
    return () => stop();
  }, [client, id, enabled]);
  return enabled ? problem : null;
}

/** Why a job that was started here does not begin yet. Its page says so until it does. */
const warnings = new Map<string, string>();

export function startWarningOf(jobId: string): string | null {
  return warnings.get(jobId) ?? null;
}

function started({ job, warning }: api.StartJobData): api.Job {
  if (warning !== null) warnings.set(job.id, warning);
  return job;
}

export const useStartSync = () =>
  useChange(
    async (body: api.StartJobPayload) => started(await ask<api.StartJobData>('POST', syncs, { body })),
    'jobs',
    'sources',
  );

/** Starts a sync of the failed items of each source. One that is refused stops none of the others. */
export const useRetryFailedOf = () =>
  useChange(
    async (dataSourceIds: readonly string[]) => {
      const refused: unknown[] = [];
      for (const dataSourceId of dataSourceIds)
        await ask<api.StartJobData>('POST', syncs, { body: { dataSourceId, jobType: 'manual' } }).catch(
          (error: unknown) => refused.push(error),
        );
      if (refused.length > 0) throw refused[0];
    },
    'jobs',
    'sources',
  );

/** The newest plan of a source; null if it has none. */
export function useLatestPlan(dataSourceId: string, enabled: boolean) {
  return useQuery({
    queryKey: ['jobs', 'plan', dataSourceId],
    queryFn: async () => {
      const query = { dataSourceId, dryRun: true, limit: 1 };
      return (await ask<api.ListJobsData>('GET', syncs, { query })).jobs[0] ?? null;
    },
    enabled,
  });
}

/** Starts a plan and opens its page. If it cannot be started, the page says why and offers to try again. */
export function usePlanSync() {
  const start = useStartSync();
  const [, go] = useLocation();
  return {
    ...start,
    mutate: (body: Omit<api.StartJobPayload, 'dryRun'>): void =>
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
        ? await ask<api.CancelJobByQueryData>('DELETE', syncs, { query: { jobId } })
        : await ask<api.PauseJobData>('POST', `${syncs}/${jobId}/${verb}`),
    'job',
    'jobs',
  );

export const useSetSpeed = (jobId: string) =>
  useChange(
    (body: api.ChangeJobSpeedPayload) => ask<api.ChangeJobSpeedData>('POST', `${syncs}/${jobId}/speed`, { body }),
    'job',
  );

export const useRetryFailed = () =>
  useChange(async (jobId: string) => started(await ask<api.RetryJobData>('POST', `${syncs}/${jobId}/retry`)), 'jobs');
