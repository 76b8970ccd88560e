import { useQuery } from '@tanstack/react-query';
import { ask } from './client.ts';
import { syncs } from './jobs.ts';
import { pageSize, usePages } from './pages.ts';
import type * as api from './types.ts';

export type Outcome = NonNullable<api.JobItem['outcome']>;

export type PlannedAction = NonNullable<api.JobItem['planned']>;

export type ItemFilter = { readonly outcome?: Outcome } | { readonly planned?: PlannedAction };

export function useJobItems(jobId: string, filter: ItemFilter, running: boolean) {
  return usePages<api.JobItem>(
    ['items', jobId, filter],
    async (cursor) => {
      const query = { ...filter, limit: pageSize, cursor };
      const { items, nextCursor } = await ask<api.ListJobItemsData>('GET', `${syncs}/${jobId}/items`, {
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
    const { items, nextCursor } = await ask<api.ListJobRemovalsData>('GET', `${syncs}/${jobId}/removals`, {
      query,
    });
    return { rows: items, next: nextCursor };
  });
}

export function useItemHistory(dataSourceId: string, externalId: string | null) {
  return useQuery({
    queryKey: ['item-history', dataSourceId, externalId],
    queryFn: () => ask<api.ItemHistory>('GET', '/api/documents/history', { query: { dataSourceId, externalId } }),
    enabled: externalId !== null,
  });
}
