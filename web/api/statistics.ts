import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ask } from './client.ts';
import type * as api from './types.ts';

/** @param days number of days, including today */
export function useStatistics(days: number) {
  return useQuery({
    queryKey: ['statistics', days],
    queryFn: () => ask<api.Statistics>('GET', '/api/stats', { query: { days } }),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
}
