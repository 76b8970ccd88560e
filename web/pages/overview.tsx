import { Anchor, Button, Card, Group, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { IconCircleCheck, IconDatabase, IconPlus } from '@tabler/icons-react';
import { lazy, Suspense } from 'react';
import { Link, useLocation } from 'wouter';
import { useJob, useRunningJobs, useStartSync } from '../api/jobs.ts';
import { useConnect, useSourceLabel, useSources } from '../api/sources.ts';
import { useStatistics } from '../api/statistics.ts';
import type { DataSource, Job } from '../api/types.ts';
import { useAddress } from '../components/address.ts';
import { SourceBadge } from '../components/badges.tsx';
import { FirstSteps } from '../components/first-steps.tsx';
import { Page } from '../components/page.tsx';
import { SourceIcon } from '../components/source-icon.tsx';
import { Empty, Loading, NotLoaded, ProblemAlert } from '../components/status-views.tsx';
import { VectorMove } from '../components/vector-move.tsx';
import { WaitingText } from '../components/waiting.tsx';
import { count, plural } from '../format.ts';

const Plots = lazy(async () => ({ default: (await import('../components/plots.tsx')).Plots }));

const periods = [
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
];

/** The home page: first what needs attention, then how syncs have gone. */
export function OverviewPage() {
  const sources = useSources();
  const { one, change } = useAddress();
  const days = periods.find(({ value }) => value === one('days'))?.value ?? '30';
  const stats = useStatistics(Number(days));
  if (sources.data === undefined) return <NotLoaded query={sources} title="Could not load the sources" />;
  if (sources.data.length === 0) return <FirstSource />;
  return (
    <Page
      title="Overview"
      actions={
        <SegmentedControl
          aria-label="Period"
          size="xs"
          data={periods}
          value={days}
          onChange={(value) => change({ days: value === '30' ? null : value })}
        />
      }
    >
      <Stack gap="lg">
        <ProblemAlert error={sources.error} title="Could not load the sources" />
        <Attention sources={sources.data} />
        <FirstSteps sources={sources.data} />
        <VectorMove />
        <ProblemAlert error={stats.error} retry={() => void stats.refetch()} title="Could not load the figures" />
        {stats.data !== undefined && (
          <Suspense fallback={<Loading />}>
            <Plots stats={stats.data} sources={sources.data} />
          </Suspense>
        )}
      </Stack>
    </Page>
  );
}

function FirstSource() {
  return (
    <Page title="Overview">
      <Empty
        icon={<IconDatabase size={28} />}
        title="Connect your first source"
        action={
          <Button component={Link} href="/sources/new" leftSection={<IconPlus size={16} aria-hidden />}>
            Add a source
          </Button>
        }
      >
        Connect a drive, a mailbox or a folder. Its contents become searchable documents and stay up to date.
      </Empty>
      <FirstSteps sources={[]} />
    </Page>
  );
}

/** Sources that need a person to continue, each with what to do. */
function Attention({ sources }: { readonly sources: readonly DataSource[] }) {
  const running = useRunningJobs();
  const jobOf = (source: DataSource): Job | undefined => running.data?.get(source.id);
  const needy = sources.filter((source) => needsAttention(source, jobOf(source)));
  return (
    <section aria-labelledby="attention">
      <Title order={2} size="h4" mb="sm" id="attention">
        Needs attention
      </Title>
      {needy.length === 0 ? (
        <Card withBorder radius="md" padding="sm">
          <Group gap="sm">
            <IconCircleCheck size={20} color="var(--mantine-color-teal-6)" aria-hidden />
            <Text size="sm">
              Nothing to do. {plural(sources.length, 'source')}, {runningText(running.data?.size ?? 0)}.
            </Text>
          </Group>
        </Card>
      ) : (
        <Stack gap="xs">
          {needy.map((source) => (
            <AttentionCard key={source.id} source={source} started={jobOf(source)} />
          ))}
        </Stack>
      )}
    </section>
  );
}

function needsAttention(source: DataSource, job: Job | undefined): boolean {
  const isHeld = job?.progress?.waitingFor?.reason === 'approval';
  const hasFailed = source.lastSyncStatus === 'failed' || source.connectionStatus === 'error';
  return isHeld || source.needsSignIn || (job === undefined && source.isActive && (hasFailed || source.gapCount > 0));
}

function AttentionCard({ source, started }: { readonly source: DataSource; readonly started: Job | undefined }) {
  const { data: job = started } = useJob(started?.id ?? '');
  return (
    <Card withBorder radius="md" padding="sm" component="section" aria-label={source.name}>
      <Group wrap="nowrap" gap="md">
        <SourceIcon type={source.sourceType} />
        <div style={{ minWidth: 0, flex: 1 }}>
          <Group gap="xs">
            <Anchor component={Link} href={`/sources/${source.id}`} fw={600} c="inherit">
              {source.name}
            </Anchor>
            <SourceBadge source={source} job={job} />
          </Group>
          <Text size="sm" c="dimmed" lineClamp={2}>
            <Reason source={source} job={job} />
          </Text>
        </div>
        <Remedy source={source} job={job} />
      </Group>
    </Card>
  );
}

function Reason({ source, job }: { readonly source: DataSource; readonly job: Job | undefined }) {
  const vendor = useSourceLabel(source.id);
  const waiting = job?.progress?.waitingFor ?? null;
  if (waiting?.reason === 'approval') return <WaitingText waiting={waiting} vendor={vendor} />;
  if (source.lastSyncError !== null) return <>{source.lastSyncError}</>;
  if (source.needsSignIn) return <>{vendor} no longer accepts the sign-in.</>;
  const [gap] = source.gaps;
  if (gap === undefined) return <>The last sync failed.</>;
  return (
    <>
      {gap.name}: {gap.message} {source.gapCount > 1 && `And ${count(source.gapCount - 1)} more.`}
    </>
  );
}

/** One button: review the removals, sign in, or sync again. */
function Remedy({ source, job }: { readonly source: DataSource; readonly job: Job | undefined }) {
  const connect = useConnect();
  const start = useStartSync();
  const [, go] = useLocation();
  const shared = { size: 'xs', style: { flexShrink: 0 } } as const;
  if (job?.progress?.waitingFor?.reason === 'approval')
    return (
      <Button {...shared} component={Link} href={`/jobs/${job.id}`}>
        Review
      </Button>
    );
  if (source.needsSignIn)
    return (
      <>
        <Button {...shared} loading={connect.isPending} onClick={() => connect.mutate(source)}>
          Sign in
        </Button>
        <ProblemAlert error={connect.error} title="Could not open the sign-in" />
      </>
    );
  return (
    <>
      <Button
        {...shared}
        variant="light"
        loading={start.isPending}
        onClick={() => start.mutate({ dataSourceId: source.id }, { onSuccess: ({ id }) => go(`/jobs/${id}`) })}
      >
        Sync again
      </Button>
      <ProblemAlert error={start.error} title="Could not start the sync" />
    </>
  );
}

function runningText(running: number): string {
  return running === 0 ? 'no sync running' : `${plural(running, 'sync')} running`;
}
