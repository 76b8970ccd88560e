import { Anchor, Text } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { Link } from 'wouter';
import { useJobs, useSources } from '../api/queries.ts';
import type { Job } from '../api/types.ts';
import { count } from '../format.ts';
import { JobBadge } from './badges.tsx';
import { type Column, Rows } from './rows.tsx';
import { Empty } from './status-views.tsx';
import { Time } from './time.tsx';

/** Syncs that were and are, of one source or of all. */
export function JobList({ dataSourceId }: { readonly dataSourceId: string | undefined }) {
  const jobs = useJobs(dataSourceId);
  const sources = useSources();
  const nameOf = (id: string): string => sources.data?.find((source) => source.id === id)?.name ?? 'A source';
  return (
    <Rows
      label="Syncs"
      pages={jobs}
      columns={columns(dataSourceId === undefined ? nameOf : null)}
      keyOf={(job) => job.id}
      empty={
        <Empty icon={<IconHistory size={28} />} title="No syncs yet">
          Each sync leaves its counts and a receipt here.
        </Empty>
      }
    />
  );
}

const triggers = {
  api: 'By hand',
  schedule: 'By schedule',
  cli: 'Command line',
  retry: 'Retry',
  webhook: 'Vendor’s hint',
} as const;

function columns(nameOf: ((id: string) => string) | null): Column<Job>[] {
  return [
    {
      title: 'Sync',
      width: 'minmax(0, 1fr)',
      cell: (job) => (
        <>
          <Anchor component={Link} href={`/jobs/${job.id}`} fz="sm" truncate display="block">
            {job.dryRun ? 'Plan' : nameOf === null ? triggers[job.trigger] : nameOf(job.dataSourceId)}
          </Anchor>
          <Text size="xs" c="dimmed" truncate>
            <Time at={job.startedAt ?? job.createdAt} />
            {nameOf !== null && `, ${triggers[job.trigger].toLowerCase()}`}
          </Text>
        </>
      ),
    },
    { title: 'Found', width: '80px', align: 'right', wideOnly: true, cell: (job) => count(job.counts.found) },
    {
      title: 'Changed',
      width: '80px',
      align: 'right',
      wideOnly: true,
      cell: (job) => count(job.counts.created + job.counts.updated + job.counts.removed),
    },
    { title: 'Failed', width: '70px', align: 'right', wideOnly: true, cell: (job) => count(job.counts.failed) },
    { title: 'State', width: '110px', cell: (job) => <JobBadge job={job} /> },
  ];
}
