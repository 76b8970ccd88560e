import { Anchor, Button, Card, Group, Progress, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconDatabase, IconPlugConnected, IconPlus, IconRefresh } from '@tabler/icons-react';
import { Link, useLocation } from 'wouter';
import { useJob, useRunningJobs, useStartSync } from '../api/jobs.ts';
import { noNextRun, useNextRuns } from '../api/schedules.ts';
import { useConnect, useSourceLabel, useSources, useSourceTypes } from '../api/sources.ts';
import type { DataSource, Job } from '../api/types.ts';
import { SourceBadge } from '../components/badges.tsx';
import { Page } from '../components/page.tsx';
import { SourceIcon } from '../components/source-icon.tsx';
import { Empty, NotLoaded, ProblemAlert } from '../components/status-views.tsx';
import { Time } from '../components/time.tsx';
import { WaitingText } from '../components/waiting.tsx';
import { count, plural } from '../format.ts';

/** All sources, each with its state. */
export function SourcesPage() {
  const sources = useSources();
  const running = useRunningJobs();
  const add = (
    <Button component={Link} href="/sources/new" leftSection={<IconPlus size={16} aria-hidden />}>
      Add a source
    </Button>
  );
  return (
    <Page title="Sources" actions={add}>
      <NotLoaded query={sources} />
      {sources.data?.length === 0 && (
        <Empty icon={<IconDatabase size={28} />} title="No sources yet" action={add}>
          Connect a drive, a mailbox or a folder. Its contents become searchable documents and stay up to date.
        </Empty>
      )}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md">
        {sources.data?.map((source) => (
          <SourceCard key={source.id} source={source} job={running.data?.get(source.id)} />
        ))}
      </SimpleGrid>
    </Page>
  );
}

function SourceCard({ source, job }: { readonly source: DataSource; readonly job: Job | undefined }) {
  const types = useSourceTypes();
  const label = types.data?.find((type) => type.sourceType === source.sourceType)?.label ?? source.sourceType;
  return (
    <Card withBorder padding="md" radius="md" component="section" aria-label={source.name}>
      <Group justify="space-between" wrap="nowrap" align="flex-start" gap="sm">
        <Group gap="sm" wrap="nowrap" miw={0}>
          <SourceIcon type={source.sourceType} />
          <div style={{ minWidth: 0 }}>
            <Anchor component={Link} href={`/sources/${source.id}`} fw={600} c="inherit" truncate display="block">
              {source.name}
            </Anchor>
            <Text size="xs" c="dimmed" truncate>
              {source.accountLabel ?? label}
            </Text>
          </div>
        </Group>
        {job === undefined ? <SourceBadge source={source} job={undefined} /> : <LiveBadge source={source} job={job} />}
      </Group>
      <Stack gap={6} mt="md" style={{ flex: 1 }}>
        {job === undefined ? <Idle source={source} /> : <InProgress job={job} />}
      </Stack>
      <Group mt="md" gap="xs">
        <Actions source={source} job={job} />
      </Group>
    </Card>
  );
}

function LiveBadge({ source, job }: { readonly source: DataSource; readonly job: Job }) {
  return <SourceBadge source={source} job={useJob(job.id).data ?? job} />;
}

function Idle({ source }: { readonly source: DataSource }) {
  const nextRuns = useNextRuns();
  return (
    <>
      <Fact name="Items">{count(source.totalItemsSynced)}</Fact>
      <Fact name="Last sync">
        <Time at={source.lastSyncAt} none="Never" />
      </Fact>
      <Fact name="Next sync">
        <Time at={nextRuns.data?.get(source.id)} none={noNextRun(source, nextRuns.data)} due="Due now" />
      </Fact>
      {source.lastSyncError !== null && (
        <Text size="sm" c="red" lineClamp={2}>
          {source.lastSyncError}
        </Text>
      )}
    </>
  );
}

function InProgress({ job: started }: { readonly job: Job }) {
  const vendor = useSourceLabel(started.dataSourceId);
  const job = useJob(started.id).data ?? started;
  const { counts, progress } = job;
  if (progress?.waitingFor?.reason === 'approval')
    return (
      <Text size="sm" c="dimmed">
        <WaitingText waiting={progress.waitingFor} vendor={vendor} />
      </Text>
    );
  return (
    <>
      <Progress.Root size="sm" radius="xl">
        <Progress.Section
          value={progress?.percent ?? 100}
          striped={progress?.percent === null}
          animated={progress?.percent === null}
          aria-label="Progress of the sync"
        />
      </Progress.Root>
      <Text size="sm">
        {count(counts.processed)} of {plural(counts.found, 'item')}
        {progress?.listingComplete === false && ' found so far'}
      </Text>
      {progress?.waitingFor != null && (
        <Text size="sm" c="dimmed">
          <WaitingText waiting={progress.waitingFor} vendor={vendor} />
        </Text>
      )}
    </>
  );
}

/** Labels the link to a running sync: in most cases there is nothing to decide. */
function ViewLabel({ job: started }: { readonly job: Job }) {
  const { data: job = started } = useJob(started.id);
  return <>{job.progress?.waitingFor?.reason === 'approval' ? 'Review removals' : 'View progress'}</>;
}

function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <Group justify="space-between" gap="xs" wrap="nowrap">
      <Text size="sm" c="dimmed">
        {name}
      </Text>
      <Text size="sm" truncate>
        {children}
      </Text>
    </Group>
  );
}

function Actions({ source, job }: { readonly source: DataSource; readonly job: Job | undefined }) {
  const [, go] = useLocation();
  const connect = useConnect();
  const start = useStartSync();
  if (job !== undefined)
    return (
      <Button component={Link} href={`/jobs/${job.id}`} variant="light" size="xs">
        <ViewLabel job={job} />
      </Button>
    );
  if (source.needsSignIn || source.connectionStatus === 'disconnected')
    return (
      <>
        <Button
          size="xs"
          leftSection={<IconPlugConnected size={14} aria-hidden />}
          loading={connect.isPending}
          onClick={() => connect.mutate(source)}
        >
          {source.needsSignIn ? 'Connect again' : 'Connect'}
        </Button>
        <ProblemAlert error={connect.error} title="Could not open the sign-in" />
      </>
    );
  return (
    <>
      <Button
        size="xs"
        variant="light"
        leftSection={<IconRefresh size={14} aria-hidden />}
        loading={start.isPending}
        disabled={!source.isActive}
        onClick={() => start.mutate({ dataSourceId: source.id }, { onSuccess: ({ id }) => go(`/jobs/${id}`) })}
      >
        Sync now
      </Button>
      <ProblemAlert error={start.error} title="Could not start the sync" />
    </>
  );
}
