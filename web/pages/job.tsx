import { Alert, Anchor, Button, Card, Code, Group, Menu, Progress, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconDownload, IconExternalLink, IconPlayerPause, IconPlayerPlay, IconX } from '@tabler/icons-react';
import { useLocation } from 'wouter';
import {
  isRunning,
  useConnect,
  useJob,
  useJobEvents,
  useRetryFailed,
  useSource,
  useSendUpdate,
} from '../api/queries.ts';
import type { Job } from '../api/types.ts';
import { outcomeLabels, JobBadge } from '../components/badges.tsx';
import { Gaps } from '../components/gaps.tsx';
import { HeldRemovals } from '../components/held-removals.tsx';
import { JobItems } from '../components/job-items.tsx';
import { Page } from '../components/page.tsx';
import { PlanFigures } from '../components/plan-figures.tsx';
import { SpeedControl } from '../components/speed-control.tsx';
import { Loading, ProblemAlert } from '../components/status-views.tsx';
import { Time } from '../components/time.tsx';
import { WaitingWords } from '../components/waiting.tsx';
import { bytes, count, duration, plural } from '../format.ts';

export function JobPage({ id }: { readonly id: string }) {
  const { data: job, isPending, error, refetch } = useJob(id, false);
  useJobEvents(id, isRunning(job));
  const { source } = useSource(job?.dataSourceId ?? '');
  const title = job === undefined ? 'Sync' : titleOf(job, source?.name);
  const above = [
    { title: 'Sources', to: '/sources' },
    ...(source === null ? [] : [{ title: source.name, to: `/sources/${source.id}` }]),
  ];
  return (
    <Page title={title} above={above} beside={job && <JobBadge job={job} />} actions={job && <JobUpdate job={job} />}>
      {isPending && <Loading />}
      {job === undefined && <ProblemAlert error={error} retry={() => void refetch()} />}
      {job !== undefined && (
        <Stack gap="lg">
          {isRunning(job) && <Live job={job} />}
          {job.errorMessage !== null && (
            <Alert color="red" title="The sync failed" role="alert">
              {job.errorMessage}
            </Alert>
          )}
          <Gaps of={job} />
          {job.unconfirmed > 0 && (
            <Text size="sm" c="dimmed">
              {plural(job.unconfirmed, 'item')} did not show in the listing and stayed, since the vendor could not tell
              whether they are gone.
            </Text>
          )}
          {job.fallback !== null && (
            <Text size="sm" c="dimmed">
              {fallbackWords[job.fallback] ?? job.fallback}
            </Text>
          )}
          {job.sweepSkipped !== null && (
            <Text size="sm" c="dimmed">
              {job.sweepSkipped}
            </Text>
          )}
          {job.plan !== null && <PlanFigures plan={job.plan} />}
          <Counts job={job} />
          {job.counts.pending > 0 && (
            <Text size="sm" c="dimmed">
              {plural(job.counts.pending, 'item')} more had been found and not been tried when the sync stopped. The
              next sync takes them up.
            </Text>
          )}
          <Facts job={job} />
          <JobItems job={job} />
        </Stack>
      )}
    </Page>
  );
}

/** Why everything was listed although only changes were asked for. */
const fallbackWords: Readonly<Record<string, string>> = {
  no_checkpoint: 'Everything was listed: there was no earlier sync to go on from.',
  reconcile_due: 'Everything was listed: from time to time that is done to be sure that nothing was missed.',
  no_change_feed: 'Everything was listed: this source does not tell what has changed.',
  unknown_gap: 'Everything was listed: an earlier sync could not say what it had missed.',
  endless_listing: 'Everything was listed: the source told of the same changes again and again.',
  checkpoint_expired: 'Everything was listed: the source no longer knew what had changed since the last sync.',
};

function titleOf(job: Job, source: string | undefined): string {
  const what = job.dryRun ? 'Plan' : job.trigger === 'retry' ? 'Retry' : 'Sync';
  return source === undefined ? what : `${what} of ${source}`;
}

function JobUpdate({ job }: { readonly job: Job }) {
  const sendUpdate = useSendUpdate(job.id);
  const retry = useRetryFailed();
  const [, go] = useLocation();
  const paused = job.progress?.waitingFor?.reason === 'pause';
  if (!isRunning(job))
    return (
      <>
        {(job.counts.failed > 0 || job.gapCount > 0) && (
          <Button
            variant="light"
            loading={retry.isPending}
            onClick={() => retry.mutate(job.id, { onSuccess: (next) => go(`/jobs/${next.id}`) })}
          >
            {job.counts.failed > 0 ? 'Retry failed items' : 'Retry what could not be listed'}
          </Button>
        )}
        <Receipts jobId={job.id} />
        <ProblemAlert error={retry.error} />
      </>
    );
  return (
    <>
      <SpeedControl job={job} />
      <Button
        variant="light"
        leftSection={paused ? <IconPlayerPlay size={16} aria-hidden /> : <IconPlayerPause size={16} aria-hidden />}
        loading={sendUpdate.isPending && sendUpdate.variables !== 'cancel'}
        onClick={() => sendUpdate.mutate(paused ? 'resume' : 'pause')}
      >
        {paused ? 'Resume' : 'Pause'}
      </Button>
      <Button
        variant="light"
        color="red"
        leftSection={<IconX size={16} aria-hidden />}
        loading={sendUpdate.variables === 'cancel' && (sendUpdate.isPending || sendUpdate.isSuccess)}
        onClick={() => sendUpdate.mutate('cancel')}
      >
        Cancel
      </Button>
      <ProblemAlert error={sendUpdate.error} />
    </>
  );
}

function Receipts({ jobId }: { readonly jobId: string }) {
  const address = (format: string): string => `/api/data-sources/sync/${jobId}/receipt?format=${format}`;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />}>
          Receipt
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href={address('csv')} download>
          CSV, for a spreadsheet
        </Menu.Item>
        <Menu.Item component="a" href={address('json')} download>
          JSON, for a program
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

const stageWords: Readonly<Record<string, string>> = {
  opening: 'Opening',
  listing: 'Listing what is there',
  processing: 'Fetching and reading',
  sweeping: 'Removing what is gone',
  held: 'Held',
  closing: 'Closing',
  done: 'Done',
};

/** Stages, rate, time left, and what it waits for. */
function Live({ job }: { readonly job: Job }) {
  const { progress, counts } = job;
  const connect = useConnect();
  const { source } = useSource(job.dataSourceId);
  const waiting = progress?.waitingFor ?? null;
  if (progress === null) return <Alert color="blue">The sync is about to start.</Alert>;
  return (
    <>
      {waiting?.reason === 'approval' && <HeldRemovals job={job} />}
      {waiting !== null && waiting.reason !== 'approval' && (
        <Alert color="yellow" title={waiting.reason === 'pause' ? 'Paused' : 'Waiting'}>
          <WaitingWords waiting={waiting} />
          {waiting.reason === 'sign_in' && (
            <Button
              mt="sm"
              size="xs"
              display="block"
              loading={connect.isPending}
              disabled={source === null}
              onClick={() => source !== null && connect.mutate(source)}
            >
              Sign in again
            </Button>
          )}
        </Alert>
      )}
      <Card withBorder radius="md">
        <Group justify="space-between" mb="xs" gap="xs">
          <Text fw={600}>{stageWords[progress.stage ?? ''] ?? 'At work'}</Text>
          <Text size="sm" c="dimmed" aria-live="polite">
            {progress.percent === null ? `${count(counts.found)} found so far` : `${progress.percent} %`}
          </Text>
        </Group>
        <StageBar job={job} />
        <Group gap="xl" mt="md">
          <Figure
            name="Rate"
            value={
              progress.itemsPerSecond === null ? '–' : `${count(Math.round(progress.itemsPerSecond * 10) / 10)} items/s`
            }
          />
          <Figure name="Time left" value={timeLeft(progress)} />
          <Figure name="Read" value={bytes(job.bytesProcessed)} />
        </Group>
      </Card>
    </>
  );
}

const stages = [
  ['done', 'Done', 'teal'],
  ['transformed', 'Being embedded', 'cyan.5'],
  ['downloaded', 'Being read', 'blue.5'],
  ['waiting', 'Waiting', 'gray.4'],
] as const;

function StageBar({ job }: { readonly job: Job }) {
  const { stages: at } = job.progress ?? { stages: { waiting: 0, downloaded: 0, transformed: 0, done: 0 } };
  const total = Math.max(1, at.waiting + at.downloaded + at.transformed + at.done);
  return (
    <>
      <Progress.Root size="lg" radius="xl">
        {stages.map(([name, words, color]) => (
          <Progress.Section key={name} value={(at[name] / total) * 100} color={color} aria-label={words} />
        ))}
      </Progress.Root>
      <Group gap="md" mt="xs">
        {stages.map(([name, words, color]) => (
          <Group key={name} gap={6}>
            <span
              aria-hidden
              style={{
                width: 8,
                height: 8,
                borderRadius: 4,
                background: `var(--mantine-color-${color.replace('.', '-')}${color.includes('.') ? '' : '-6'})`,
              }}
            />
            <Text size="xs" c="dimmed">
              {words} {count(at[name])}
            </Text>
          </Group>
        ))}
      </Group>
    </>
  );
}

function timeLeft({ secondsLeft, secondsLeftRange: range, listingComplete }: NonNullable<Job['progress']>): string {
  if (secondsLeft === null) return listingComplete ? '–' : 'known once all is listed';
  if (range === null || range.most < range.least * 1.2) return `about ${duration(secondsLeft)}`;
  return `${duration(range.least)} to ${duration(range.most)}`;
}

function Figure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text fw={600}>{value}</Text>
    </div>
  );
}

const counted = ['created', 'updated', 'unchanged', 'removed', 'skipped', 'failed'] as const;

function Counts({ job: { counts } }: { readonly job: Job }) {
  return (
    <SimpleGrid cols={{ base: 3, sm: 6 }} spacing="sm">
      {counted.map((outcome) => (
        <Card key={outcome} withBorder radius="md" padding="sm">
          <Text size="xs" c="dimmed">
            {outcomeLabels(outcome)}
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

const modeWords: Readonly<Record<string, string>> = {
  full: 'everything listed',
  feed: 'changes only',
  window: 'what changed of late',
  manual: 'named items',
  reprocess: 'stored texts again',
} as const;
const triggerWords = {
  api: 'by hand',
  schedule: 'by schedule',
  cli: 'by command line',
  retry: 'as a retry',
  webhook: 'by a hint of the vendor',
} as const;

function Facts({ job }: { readonly job: Job }) {
  const { startedAt, completedAt } = job;
  const seconds =
    startedAt === null || completedAt === null ? null : (Date.parse(completedAt) - Date.parse(startedAt)) / 1000;
  return (
    <Group gap="lg" fz="sm" c="dimmed">
      <span>
        Started <Time at={startedAt ?? job.createdAt} /> {triggerWords[job.trigger]}
        {job.mode !== null && `, ${modeWords[job.mode] ?? job.mode}`}
      </span>
      {seconds !== null && <span>took {duration(seconds)}</span>}
      <span>
        Job <Code>{job.id}</Code>
      </span>
      {job.temporalUrl !== null && (
        <Anchor href={job.temporalUrl} target="_blank" rel="noreferrer" fz="sm">
          Every step in Temporal <IconExternalLink size={13} aria-hidden style={{ verticalAlign: -2 }} />
        </Anchor>
      )}
    </Group>
  );
}
