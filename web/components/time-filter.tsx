/** A filter by time: within the last days, or between two days. */

import { Group, Select, Text, TextInput } from '@mantine/core';
import { type Address, useAddress } from './address.ts';
import { inRow } from './filter-bar.tsx';

/** Days back from today. */
const presets = { week: 7, month: 30, year: 365 } as const;
const times = [
  { value: 'week', label: 'Past week' },
  { value: 'month', label: 'Past month' },
  { value: 'year', label: 'Past year' },
  { value: 'own', label: 'Custom range' },
];

/** What no filter by time is in the address. */
export const noTime = { time: null, after: null, before: null };

/** @param label what happened in that time: `Modified` */
export function TimeFilter({ label }: { readonly label: string }) {
  const { one, change } = useAddress();
  return (
    <>
      <Select
        aria-label={label}
        placeholder="Any time"
        data={times}
        value={one('time')}
        onChange={(time) => change({ ...noTime, time })}
        clearable
        clearButtonProps={{ 'aria-label': `Clear: ${label}` }}
        style={inRow}
      />
      {one('time') === 'own' && <Dates label={label} />}
    </>
  );
}

function Dates({ label }: { readonly label: string }) {
  const { one, change } = useAddress();
  return (
    <Group gap="xs" style={{ flex: '1 1 330px', minWidth: 0 }}>
      {(['after', 'before'] as const).map((name) => (
        <TextInput
          key={name}
          type="date"
          aria-label={`${label} on or ${name}`}
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

/** The times of the address, in the API’s form. */
export function readTimes(one: Address['one']): [after: string | undefined, before: string | undefined] {
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
