import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconRefresh } from '@tabler/icons-react';
import { useRecentJobs, useRetryFailedOf, useRunningJobs } from '../api/jobs.ts';
import { useSources } from '../api/sources.ts';
import type { Job } from '../api/types.ts';
import { JobList } from '../components/job-list.tsx';
import { Notices } from '../components/notices.tsx';
import { Page } from '../components/page.tsx';
import { ProblemAlert } from '../components/status-views.tsx';
import { plural } from '../format.ts';

export function JobsPage() {
  return (
    <Page title="Syncs" actions={<RetryFailed />}>
      <Notices />
      <JobList dataSourceId={undefined} />
    </Page>
  );
}

/** Retries the failed items of every source whose last sync has some. */
function RetryFailed() {
  const jobs = useRecentJobs().data ?? [];
  const running = useRunningJobs().data ?? new Map<string, Job>();
  const sources = useSources().data ?? [];
  const retry = useRetryFailedOf();
  const latest = new Map(
    jobs
      .filter((job) => !job.dryRun)
      .toReversed()
      .map((job) => [job.dataSourceId, job]),
  );
  const failing = sources.filter(
    ({ id, isActive, needsSignIn }) =>
      isActive && !needsSignIn && !running.has(id) && (latest.get(id)?.counts.failed ?? 0) > 0,
  );
  const items = failing.reduce((sum, { id }) => sum + (latest.get(id)?.counts.failed ?? 0), 0);
  if (failing.length === 0) return null;
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconRefresh size={16} aria-hidden />}
        loading={retry.isPending}
        onClick={() =>
          retry.mutate(
            failing.map(({ id }) => id),
            { onSuccess: () => notifications.show({ message: `Retrying in ${plural(failing.length, 'source')}` }) },
          )
        }
      >
        Retry {plural(items, 'failed item')}
      </Button>
      <ProblemAlert error={retry.error} title="Could not retry all of them" />
    </>
  );
}
