import type { SearchFilters } from '../api/search.ts';
import { type Address, useAddress } from './address.ts';
import { FilterBar, ManyFilter } from './filter-bar.tsx';
import { noTime, readTimes, TimeFilter } from './time-filter.tsx';

const none = { source: null, type: null, project: null, tag: null, ...noTime };

export function SearchFilterBar() {
  const address = useAddress();
  return (
    <FilterBar on={countFilters(address)} clear={() => clearFilters(address)}>
      <ManyFilter name="source" />
      <ManyFilter name="type" />
      <ManyFilter name="project" />
      <ManyFilter name="tag" />
      <TimeFilter label="Modified" />
    </FilterBar>
  );
}

export function countFilters({ one }: Address): number {
  return (['source', 'type', 'project', 'tag', 'time'] as const).filter((name) => one(name) !== null).length;
}

export function clearFilters({ change }: Address): void {
  change(none);
}

/** The filters of the address, in the API’s form. */
export function readFilters({ one, all }: Address): SearchFilters {
  const [modifiedAfter, modifiedBefore] = readTimes(one);
  const filters = {
    dataSourceIds: all('source'),
    // The API rejects an unknown type with a message.
    sourceTypes: all('type') as NonNullable<SearchFilters['sourceTypes']>,
    projectIds: all('project'),
    tagIds: all('tag'),
    modifiedAfter,
    modifiedBefore,
  };
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined && value.length > 0));
}
