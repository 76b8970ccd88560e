/** Lists that the API gives page by page. */

import {
  type InfiniteData,
  keepPreviousData,
  useInfiniteQuery,
  type UseInfiniteQueryResult,
} from '@tanstack/react-query';

/** Rows of one page of a list. */
export const pageSize = 200;

/** A list that is loaded page by page. */
export type Pages<T> = UseInfiniteQueryResult<PagesData<T>>;

type PagesData<T> = InfiniteData<{ readonly rows: readonly T[]; readonly next: string | null }>;

interface PagesOptions<T> {
  readonly refetchInterval?:
    | number
    | false
    | ((query: { readonly state: { readonly data: PagesData<T> | undefined } }) => number);
}

export function usePages<T>(
  key: readonly unknown[],
  load: (cursor: string | null) => Promise<{ readonly rows: readonly T[]; readonly next: string | null }>,
  options: PagesOptions<T> = {},
): Pages<T> {
  return useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => load(pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    ...options,
  });
}
