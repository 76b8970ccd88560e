import { Alert, Anchor, Button, Card, Code, Group, Menu, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconDownload, IconExternalLink, IconPlayerPause, IconPlayerPlay, IconX } from '@tabler/icons-react';
import { useLocation } from 'wouter';
import { isRunning, useControlJob, useJob, useJobEvents, useRetryFailed, useStartSync } from '../api/jobs.ts';
import { useSource } from '../api/sources.ts';
import type { Job } from '../api/types.ts';
import { JobBadge, outcomeLabel } from '../components/badges.tsx';
import { Gaps } from '../components/gaps.tsx';
import { JobItems } from '../components/job-items.tsx';
import { LiveProgress } from '../components/live-progress.tsx';
import { Page } from '../components/page.tsx';
import { PlanFigures } from '../components/plan-figures.tsx';
import { SpeedControl } from '../components/speed-control.tsx';
import { isNotFound, NotFound, NotLoaded, ProblemAlert } from '../components/status-views.tsx';
import { Time } from '../components/time.tsx';
import { count, duration, plural, shortTime } from '../format.ts';

export function JobPage({ id }: { readonly id: string }) {
  const query = useJob(id, false);
  const { data: job, error } = query;
  const liveProblem = useJobEvents(id, isRunning(job) && !isNotFound(error));
  const { source } = useSource(job?.dataSourceId ?? '');
  if (isNotFound(error)) return <NotFound what="Sync" to="/jobs" list="All syncs" />;
  const title = job === undefined ? 'Sync' : titleOf(job, source?.name);
  const above = [
    { title: 'Syncs', to: '/jobs' },
    ...(source === null ? [] : [{ title: source.name, to: `/sources/${source.id}` }]),
  ];
  return (
    <Page title={title} above={above} beside={job && <JobBadge job={job} />} actions={job && <JobActions job={job} />}>
      <NotLoaded query={query} title="Could not load this sync" />
      <Stack gap="lg">
        {liveProblem !== null && (
          <Alert color="yellow" title="Live progress is unavailable">
            {liveProblem} What you see may be out of date.
          </Alert>
        )}
        {job !== undefined && <JobDetails job={job} />}
      </Stack>
    </Page>
  );
}

function JobDetails({ job }: { readonly job: Job }) {
  return (
    <>
      {isRunning(job) && <LiveProgress job={job} />}
      <HowItEnded job={job} />
      <Gaps of={job} />
      <Notes job={job} />
      {job.plan !== null && <PlanFigures plan={job.plan} />}
      {!job.dryRun && <Counts job={job} />}
      <Facts job={job} />
      <JobItems key={String(job.dryRun)} job={job} />
    </>
  );
}

function HowItEnded({ job: { status, dryRun, errorMessage } }: { readonly job: Job }) {
  if (status === 'failed')
    return (
      <Alert color="red" title={dryRun ? 'The plan failed' : 'The sync failed'} role="alert">
        {errorMessage ?? 'No reason was recorded.'}
      </Alert>
    );
  if (status !== 'cancelled') return null;
  return (
    <Alert color="gray" title={dryRun ? 'The plan was cancelled' : 'The sync was cancelled'}>
      {errorMessage ?? ''}
      {!dryRun && ' What it had finished is kept; the next sync continues from there.'}
    </Alert>
  );
}

function Notes({ job }: { readonly job: Job }) {
  const { fallbackMessage, sweepSkipped, unconfirmed, removals, counts } = job;
  const decided = removals === null || removals.decision === 'waiting' ? null : removals;
  const notes = [
    fallbackMessage,
    sweepSkipped,
    decided !== null && decisionOf(decided),
    unconfirmed > 0 &&
      `${plural(unconfirmed, 'item was', 'items were')} missing from the listing but kept, because the source couldn’t confirm that they were deleted.`,
    counts.pending > 0 &&
      `${plural(counts.pending, 'item')} found but not processed before the sync stopped. The next sync processes them.`,
  ].filter((note) => typeof note === 'string');
  if (notes.length === 0) return null;
  return (
    <Stack gap={4}>
      {notes.map((note) => (
        <Text key={note} size="sm" c="dimmed">
          {note}
        </Text>
      ))}
    </Stack>
  );
}

function decisionOf({ count: removals, of, decision, decided }: NonNullable<Job['removals']>): string {
  const by = decided === null ? '' : ` by ${decided.by} on ${shortTime(decided.at)}`;
  const what = `of ${plural(removals, 'item')} (of ${count(of)})`;
  return decision === 'approve'
    ? `Removal ${what} was approved${by}.`
    : `Removal ${what} was declined${by}: their documents are kept.`;
}

function titleOf(job: Job, source: string | undefined): string {
  const what = job.dryRun ? 'Plan' : job.trigger === 'retry' ? 'Retry' : 'Sync';
  return source === undefined ? what : `${what} of ${source}`;
}

function JobActions({ job }: { readonly job: Job }) {
  if (isRunning(job)) return <RunningActions job={job} />;
  return job.dryRun ? <StartPlanned job={job} /> : <EndedActions job={job} />;
}

function RunningActions({ job }: { readonly job: Job }) {
  const control = useControlJob(job.id);
  const paused = job.progress?.waitingFor?.reason === 'pause';
  return (
    <>
      {!job.dryRun && <SpeedControl job={job} />}
      <Button
        variant="light"
        leftSection={paused ? <IconPlayerPlay size={16} aria-hidden /> : <IconPlayerPause size={16} aria-hidden />}
        loading={control.isPending && control.variables !== 'cancel'}
        onClick={() => control.mutate(paused ? 'resume' : 'pause')}
      >
        {paused ? 'Resume' : 'Pause'}
      </Button>
      <Button
        variant="light"
        color="red"
        leftSection={<IconX size={16} aria-hidden />}
        loading={control.variables === 'cancel' && (control.isPending || control.isSuccess)}
        onClick={() => control.mutate('cancel')}
      >
        Cancel
      </Button>
      <ProblemAlert error={control.error} title={`Could not ${control.variables ?? 'change'} the sync`} />
    </>
  );
}

/** The sync that the plan was for. */
function StartPlanned({ job }: { readonly job: Job }) {
  const start = useStartSync();
  const [, go] = useLocation();
  if (job.plan === null) return null;
  return (
    <>
      <Button
        loading={start.isPending}
        onClick={() =>
          start.mutate(
            { dataSourceId: job.dataSourceId, jobType: job.jobType },
            { onSuccess: ({ id }) => go(`/jobs/${id}`) },
          )
        }
      >
        Start the sync
      </Button>
      <ProblemAlert error={start.error} title="Could not start the sync" />
    </>
  );
}

function EndedActions({ job }: { readonly job: Job }) {
  const retry = useRetryFailed();
  const [, go] = useLocation();
  return (
    <>
      {(job.counts.failed > 0 || job.gapCount > 0) && (
        <Button
          variant="light"
          loading={retry.isPending}
          onClick={() => retry.mutate(job.id, { onSuccess: (next) => go(`/jobs/${next.id}`) })}
        >
          {job.counts.failed > 0 ? 'Retry failed items' : 'Retry gaps'}
        </Button>
      )}
      <ReportMenu jobId={job.id} />
      <ProblemAlert error={retry.error} title="Could not start the retry" />
    </>
  );
}

function ReportMenu({ jobId }: { readonly jobId: string }) {
  const address = (format: string): string => `/api/data-sources/sync/${jobId}/report?format=${format}`;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />}>
          Report
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href={address('csv')} download>
          Download CSV
        </Menu.Item>
        <Menu.Item component="a" href={address('json')} download>
          Download JSON
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

const counted = ['created', 'updated', 'unchanged', 'removed', 'skipped', 'failed'] as const;

function Counts({ job: { counts } }: { readonly job: Job }) {
  return (
    <SimpleGrid cols={{ base: 3, sm: 6 }} spacing="sm">
      {counted.map((outcome) => (
        <Card key={outcome} withBorder radius="md" padding="sm">
          <Text size="xs" c="dimmed">
            {outcomeLabel(outcome)}
          </Text>
          <Text
            fw={600}
            fz="xl"
            {...(outcome === 'failed' && counts.failed > 0 ? { c: 'red' } : {})}
            style={{ fontVariantNumeric: 'tabular-nums' }}
          >
            {count(counts[outcome])}
          </Text>
        </Card>
      ))}
    </SimpleGrid>
  );
}

const modes: Readonly<Record<NonNullable<Job['mode']>, string>> = {
  full: 'full listing',
  feed: 'changes only',
  window: 'recent changes',
  manual: 'selected items',
  reprocess: 'stored text processed again',
};
const triggers: Readonly<Record<Job['trigger'], string>> = {
  api: 'manually',
  schedule: 'by schedule',
  cli: 'from the command line',
  retry: 'as a retry',
  change_notification: 'by a change notification',
  upload: 'by an upload',
};

function Facts({ job }: { readonly job: Job }) {
  const { startedAt, completedAt } = job;
  const seconds =
    startedAt === null || completedAt === null ? null : (Date.parse(completedAt) - Date.parse(startedAt)) / 1000;
  return (
    <Group gap="lg" fz="sm" c="dimmed" style={{ rowGap: 4 }}>
      <span>
        Started {triggers[job.trigger]} <Time at={startedAt ?? job.createdAt} />
        {job.mode !== null && `, ${modes[job.mode]}`}
      </span>
      {seconds !== null && <span>Duration {duration(seconds)}</span>}
      <span>
        Job ID <Code>{job.id}</Code>
      </span>
      {job.temporalUrl !== null && (
        <Anchor href={job.temporalUrl} target="_blank" rel="noreferrer" fz="sm">
          Open in Temporal <IconExternalLink size={13} aria-hidden style={{ verticalAlign: -2 }} />
        </Anchor>
      )}
    </Group>
  );
}
