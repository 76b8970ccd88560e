import { Alert, Button, Card, Group, Progress, Text } from '@mantine/core';
import { startWarningOf } from '../api/jobs.ts';
import { useConnect, useSource, useSourceLabel } from '../api/sources.ts';
import type { Job } from '../api/types.ts';
import { bytes, count, duration } from '../format.ts';
import { HeldRemovals } from './held-removals.tsx';
import { ProblemAlert } from './status-views.tsx';
import { WaitingText } from './waiting.tsx';

const stageTitles: Readonly<Record<string, string>> = {
  opening: 'Starting',
  listing: 'Listing items',
  processing: 'Reading and embedding',
  sweeping: 'Removing deleted items',
  held: 'Waiting for approval',
  closing: 'Finishing',
  done: 'Done',
};

/** A running job: what it waits for, its stage, its rate and the time left. */
export function LiveProgress({ job }: { readonly job: Job }) {
  const { progress, counts } = job;
  if (progress === null || isNotBegun(job)) return <Starting jobId={job.id} />;
  // Everything else is done by then.
  if (progress.waitingFor?.reason === 'approval') return <HeldRemovals job={job} />;
  return (
    <>
      <WaitingAlert job={job} />
      <Card withBorder radius="md">
        <Group justify="space-between" mb="xs" gap="xs">
          <Text fw={600}>{stageTitles[progress.stage ?? ''] ?? 'Running'}</Text>
          <Text size="sm" c="dimmed" aria-live="polite">
            {progress.percent === null ? `${count(counts.found)} found so far` : `${progress.percent}%`}
          </Text>
        </Group>
        <StageBar job={job} />
        <Group gap="xl" mt="md">
          <Figure name="Rate" value={rateOf(progress)} />
          <Figure name="Time left" value={timeLeft(progress)} />
          <Figure name="Downloaded" value={bytes(job.bytesProcessed)} />
        </Group>
      </Card>
    </>
  );
}

/** Whether no worker has begun this job yet: its counts are zero for that reason. */
export function isNotBegun({ status, progress }: Job): boolean {
  return status === 'pending' && (progress?.waitingFor ?? null) === null;
}

/** Without a worker, nothing begins: whoever started the job is told how to change that. */
export function Starting({ jobId }: { readonly jobId: string }) {
  const warning = startWarningOf(jobId);
  return <Alert color={warning === null ? 'blue' : 'yellow'}>{warning ?? 'The sync is starting.'}</Alert>;
}

/** Shows what a job waits for, with the one thing that a person can do about it. */
export function WaitingAlert({ job }: { readonly job: Job }) {
  const connect = useConnect();
  const { source } = useSource(job.dataSourceId);
  const vendor = useSourceLabel(job.dataSourceId);
  const waiting = job.progress?.waitingFor ?? null;
  if (waiting === null) return null;
  return (
    <Alert color="yellow" title={waiting.reason === 'pause' ? 'Paused' : 'Waiting'}>
      {waiting.reason === 'sign_in' && source?.needsSignIn === true && source.lastSyncError !== null && (
        <Text size="sm" mb={4}>
          {source.lastSyncError}
        </Text>
      )}
      <WaitingText waiting={waiting} vendor={vendor} />
      {waiting.reason === 'sign_in' && source !== null && (
        <Button mt="sm" size="xs" display="block" loading={connect.isPending} onClick={() => connect.mutate(source)}>
          Connect again
        </Button>
      )}
      <ProblemAlert error={connect.error} title="Could not open the sign-in" />
    </Alert>
  );
}

const stages = [
  ['done', 'Done', 'teal'],
  ['transformed', 'Embedding', 'cyan.5'],
  ['downloaded', 'Reading', 'blue.5'],
  ['waiting', 'Waiting', 'gray.4'],
] as const;

function StageBar({ job }: { readonly job: Job }) {
  const { stages: at } = job.progress ?? { stages: { waiting: 0, downloaded: 0, transformed: 0, done: 0 } };
  const total = Math.max(1, at.waiting + at.downloaded + at.transformed + at.done);
  return (
    <>
      <Progress.Root size="lg" radius="xl">
        {stages.map(([name, label, color]) => (
          <Progress.Section key={name} value={(at[name] / total) * 100} color={color} aria-label={label} />
        ))}
      </Progress.Root>
      <Group gap="md" mt="xs">
        {stages.map(([name, label, color]) => (
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
              {label} {count(at[name])}
            </Text>
          </Group>
        ))}
      </Group>
    </>
  );
}

type JobProgress = NonNullable<Job['progress']>;

function rateOf({ itemsPerSecond, waitingFor }: JobProgress): string {
  if (itemsPerSecond === null || waitingFor !== null) return '–';
  return `${count(Math.round(itemsPerSecond * 10) / 10)} items/s`;
}

function timeLeft({ secondsLeft, secondsLeftRange: range, listingComplete, waitingFor }: JobProgress): string {
  if (secondsLeft === null) return listingComplete || waitingFor !== null ? '–' : 'Calculating…';
  if (range === null || range.max < range.min * 1.2) return `≈ ${duration(secondsLeft)}`;
  return `${duration(range.min)} to ${duration(range.max)}`;
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
