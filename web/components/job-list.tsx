import { Anchor, Text } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { Link } from 'wouter';
import { useJobs } from '../api/jobs.ts';
import { useSources } from '../api/sources.ts';
import type { Job } from '../api/types.ts';
import { count, duration } from '../format.ts';
import { JobBadge } from './badges.tsx';
import { type Column, Rows } from './rows.tsx';
import { Empty } from './status-views.tsx';
import { Time } from './time.tsx';

/** Syncs of one source or of all, newest first. */
export function JobList({ dataSourceId }: { readonly dataSourceId: string | undefined }) {
  const jobs = useJobs(dataSourceId);
  const sources = useSources();
  const nameOf = (id: string): string => sources.data?.find((source) => source.id === id)?.name ?? 'Deleted source';
  return (
    <Rows
      label="Syncs"
      pages={jobs}
      columns={columns(dataSourceId === undefined ? nameOf : null)}
      keyOf={(job) => job.id}
      empty={
        <Empty icon={<IconHistory size={28} />} title="No syncs yet">
          Each sync appears here with its counts and a report of every item.
        </Empty>
      }
    />
  );
}

const triggers: Readonly<Record<Job['trigger'], string>> = {
  api: 'Manual',
  schedule: 'Scheduled',
  cli: 'Command line',
  retry: 'Retry',
  change_notification: 'Change notification',
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
