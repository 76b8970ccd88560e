import { Anchor, Button, Text } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { Link } from 'wouter';
import { type JobFilter, useJobs } from '../api/jobs.ts';
import { useSources } from '../api/sources.ts';
import type { Job } from '../api/types.ts';
import { count, duration } from '../format.ts';
import { type Address, useAddress } from './address.ts';
import { JobBadge, statusLabel } from './badges.tsx';
import { AddressSelect, ClearFilters, FilterBar, OneFilter } from './filter-bar.tsx';
import { type Column, Rows } from './rows.tsx';
import { Empty } from './status-views.tsx';
import { Time } from './time.tsx';

/** Syncs of one source or of all, newest first. */
export function JobList({ dataSourceId }: { readonly dataSourceId: string | undefined }) {
  const address = useAddress();
  const filter = filterOf(address, dataSourceId);
  const jobs = useJobs(filter);
  const on = [...(dataSourceId === undefined ? ['source'] : []), 'status', 'kind'].filter(
    (name) => address.one(name) !== null,
  );
  const clear = (): void => address.change(none);
  const sources = useSources();
  const nameOf = (id: string): string => sources.data?.find((source) => source.id === id)?.name ?? 'Deleted source';
  return (
    <>
      <FilterBar on={on.length} clear={clear}>
        {dataSourceId === undefined && <OneFilter name="source" />}
        <AddressSelect name="status" label="Status" placeholder="Any status" data={statuses} />
        <AddressSelect name="kind" label="Kind" placeholder="Syncs and plans" data={kinds} />
      </FilterBar>
      <Rows
        label="Syncs"
        pages={jobs}
        columns={columns(dataSourceId === undefined ? nameOf : null)}
        keyOf={(job) => job.id}
        empty={on.length === 0 ? <NoSyncs isOfSource={dataSourceId !== undefined} /> : <NoMatch clear={clear} />}
      />
    </>
  );
}

const statuses = (['running', 'completed', 'failed', 'cancelled'] as const).map((value) => ({
  value,
  label: statusLabel(value),
}));
const kinds = [
  { value: 'sync', label: 'Syncs' },
  { value: 'plan', label: 'Plans' },
];
const none = { source: null, status: null, kind: null };

function filterOf({ one }: Address, dataSourceId: string | undefined): JobFilter {
  const kind = one('kind');
  return {
    dataSourceId: dataSourceId ?? one('source') ?? undefined,
    status: statuses.find(({ value }) => value === one('status'))?.value,
    dryRun: kind === 'plan' ? true : kind === 'sync' ? false : undefined,
  };
}

function NoSyncs({ isOfSource }: { readonly isOfSource: boolean }) {
  const icon = <IconHistory size={28} />;
  if (isOfSource)
    return (
      <Empty icon={icon} title="No syncs yet">
        Each sync of this source appears here with its counts and a report of every item. Start one with “Sync now”, or
        set a sync frequency in the settings.
      </Empty>
    );
  const toSources = (
    <Button component={Link} href="/sources" variant="light">
      Sources
    </Button>
  );
  return (
    <Empty icon={icon} title="No syncs yet" action={toSources}>
      Each sync appears here with its counts and a report of every item. Start one from a source, or let it run on a
      schedule.
    </Empty>
  );
}

function NoMatch({ clear }: { readonly clear: () => void }) {
  return (
    <Empty icon={<IconHistory size={28} />} title="No syncs with these filters" action={<ClearFilters clear={clear} />}>
      Clear the filters to see all syncs.
    </Empty>
  );
}

const triggers: Readonly<Record<Job['trigger'], string>> = {
  api: 'Manual',
  schedule: 'Scheduled',
  cli: 'Command line',
  retry: 'Retry',
  change_notification: 'Change notification',
  upload: 'Upload',
};

const typeOf = (job: Job): string => (job.dryRun ? 'Plan' : triggers[job.trigger]);

function columns(nameOf: ((id: string) => string) | null): Column<Job>[] {
  return [
    {
      title: 'Sync',
      width: 'minmax(0, 1fr)',
      cell: (job) => (
        <>
          <Anchor component={Link} href={`/jobs/${job.id}`} fz="sm" truncate display="block">
            {nameOf === null ? typeOf(job) : nameOf(job.dataSourceId)}
          </Anchor>
          <Text size="xs" c="dimmed" truncate>
            <Time at={job.startedAt ?? job.createdAt} />
            {nameOf !== null && ` · ${typeOf(job)}`}
          </Text>
        </>
      ),
    },
    { title: 'Duration', width: '90px', align: 'right', wideOnly: true, cell: (job) => durationOf(job) },
    { title: 'Found', width: '80px', align: 'right', wideOnly: true, cell: (job) => count(job.counts.found) },
    { title: 'Changed', width: '80px', align: 'right', wideOnly: true, cell: (job) => count(changesOf(job)) },
    { title: 'Failed', width: '70px', align: 'right', wideOnly: true, cell: (job) => count(job.counts.failed) },
    { title: 'Status', width: '160px', narrowWidth: '130px', cell: (job) => <JobBadge job={job} /> },
  ];
}

function changesOf({ plan, counts }: Job): number {
  if (plan !== null) return plan.create + plan.update + plan.retry + plan.remove;
  return counts.created + counts.updated + counts.removed;
}

function durationOf({ startedAt, completedAt }: Job): string {
  if (startedAt === null || completedAt === null) return '–';
  return duration((Date.parse(completedAt) - Date.parse(startedAt)) / 1000);
}
