import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ask } from './client.ts';
import type * as api from './types.ts';

export type SearchFilters = NonNullable<api.SearchPayload['filters']>;

export function useSearch(query: string, filters: SearchFilters) {
  return useQuery({
    queryKey: ['search', query, filters],
    queryFn: async () =>
      (await ask<api.SearchData>('POST', '/api/search', { body: { query, limit: 30, filters } })).hits,
    enabled: query !== '',
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
}
