import { Group, Select, Text, TextInput } from '@mantine/core';
import type { SearchFilters } from '../api/search.ts';
import { type Address, useAddress } from './address.ts';
import { FilterBar, inRow, ManyFilter } from './filter-bar.tsx';

/** Days back from today. */
const presets = { week: 7, month: 30, year: 365 } as const;
const times = [
  { value: 'week', label: 'Past week' },
  { value: 'month', label: 'Past month' },
  { value: 'year', label: 'Past year' },
  { value: 'own', label: 'Custom range' },
];
const none = { source: null, type: null, project: null, tag: null, time: null, after: null, before: null };

export function SearchFilterBar() {
  const address = useAddress();
  const { one, change } = address;
  return (
    <FilterBar on={countFilters(address)} clear={() => clearFilters(address)}>
      <ManyFilter name="source" />
      <ManyFilter name="type" />
      <ManyFilter name="project" />
      <ManyFilter name="tag" />
      <Select
        aria-label="Modified"
        placeholder="Any time"
        data={times}
        value={one('time')}
        onChange={(time) => change({ time, after: null, before: null })}
        clearable
        clearButtonProps={{ 'aria-label': 'Clear: Modified' }}
        style={inRow}
      />
      {one('time') === 'own' && <Dates />}
    </FilterBar>
  );
}

function Dates() {
  const { one, change } = useAddress();
  return (
    <Group gap="xs" style={{ flex: '1 1 330px', minWidth: 0 }}>
      {(['after', 'before'] as const).map((name) => (
        <TextInput
          key={name}
          type="date"
          aria-label={name === 'after' ? 'Modified on or after' : 'Modified on or before'}
          leftSection={
            <Text size="xs" c="dimmed" aria-hidden>
              {name === 'after' ? 'From' : 'To'}
            </Text>
          }
          leftSectionWidth={44}
          value={one(name) ?? ''}
          onChange={(event) =>
            change({ [name]: event.currentTarget.value === '' ? null : event.currentTarget.value }, { replace: true })
          }
          style={{ flex: '1 1 180px' }}
        />
      ))}
    </Group>
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

function readTimes(one: Address['one']): [after: string | undefined, before: string | undefined] {
  const time = one('time');
  if (time === 'own') return [startOfDay(one('after'), 0)?.toISOString(), lastMoment(one('before'))?.toISOString()];
  const days = presets[time as keyof typeof presets] as number | undefined;
  // Uses whole days, so that the query stays the same all day and is not sent again.
  return days === undefined ? [undefined, undefined] : [daysAgo(days).toISOString(), undefined];
}

function daysAgo(days: number): Date {
  const now = new Date();
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - days);
}

/** In the viewer’s time zone; undefined for an invalid date. */
function startOfDay(date: string | null, later: number): Date | undefined {
  const start = new Date(`${date ?? ''}T00:00:00`);
  if (Number.isNaN(start.getTime())) return undefined;
  start.setDate(start.getDate() + later);
  return start;
}

function lastMoment(date: string | null): Date | undefined {
  const next = startOfDay(date, 1);
  return next === undefined ? undefined : new Date(next.getTime() - 1);
}
