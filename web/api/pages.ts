/** Lists that the API gives page by page. */

import {
  type InfiniteData,
  keepPreviousData,
  useInfiniteQuery,
  type UseInfiniteQueryResult,
} from '@tanstack/react-query';

/** Rows of one page of a list. */
export const pageSize = 200;

/** A list that is loaded page by page. @template About what the API says of the list beside its rows */
export type Pages<T, About = unknown> = UseInfiniteQueryResult<PagesData<T, About>>;

interface LoadedPage<T, About> {
  readonly rows: readonly T[];
  readonly next: string | null;
  readonly about?: About;
}

type PagesData<T, About> = InfiniteData<LoadedPage<T, About>>;

interface PagesOptions<T, About> {
  readonly refetchInterval?:
    | number
    | false
    | ((query: { readonly state: { readonly data: PagesData<T, About> | undefined } }) => number);
}

export function usePages<T, About = unknown>(
  key: readonly unknown[],
  load: (cursor: string | null) => Promise<LoadedPage<T, About>>,
  options: PagesOptions<T, About> = {},
): Pages<T, About> {
  return useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => load(pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    ...options,
  });
}
