import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useChange } from './change.ts';
import { ask } from './client.ts';
import type * as api from './types.ts';

const schedules = '/api/scheduled-syncs';

export function useNextRuns() {
  return useQuery({
    queryKey: ['next-runs'],
    queryFn: async () => {
      const { nextRuns } = await ask<api.ListNextRunsData>('GET', `${schedules}/next-runs`);
      return new Map(nextRuns.map(({ dataSourceId, at }) => [dataSourceId, at]));
    },
    refetchInterval: 60_000,
  });
}

/** What is said where no next run is known. @param runs undefined until they are loaded */
export function noNextRun({ syncFrequency }: api.DataSource, runs: ReadonlyMap<string, string> | undefined): string {
  if (runs === undefined) return '–';
  return syncFrequency === 'manual' ? 'Not scheduled' : 'Paused';
}

export function useSchedules() {
  return useQuery({
    queryKey: ['schedules'],
    queryFn: async () => (await ask<api.ListScheduledSyncsData>('GET', schedules)).scheduledSyncs,
    refetchInterval: 30_000,
  });
}

export function useSchedulePreview(body: api.PreviewSchedulePayload) {
  return useQuery({
    queryKey: ['schedule-preview', body],
    queryFn: async () => (await ask<api.PreviewScheduleData>('POST', `${schedules}/preview`, { body })).nextRuns,
    retry: false,
    placeholderData: keepPreviousData,
  });
}

export const useCreateSchedule = () =>
  useChange(
    (body: api.CreateScheduledSyncPayload) => ask<api.CreateScheduledSyncData>('POST', schedules, { body }),
    'schedules',
    'next-runs',
  );

export const useUpdateSchedule = () =>
  useChange(
    (body: api.PutScheduledSyncPayload) => ask<api.PutScheduledSyncData>('PUT', schedules, { body }),
    'schedules',
    'next-runs',
  );

export const useDeleteSchedule = () =>
  useChange(
    (id: string) => ask<api.DeleteScheduledSyncByQueryData>('DELETE', schedules, { query: { id } }),
    'schedules',
    'next-runs',
  );
