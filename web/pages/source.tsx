import { Alert, Button, Group, Menu, Tabs, Text } from '@mantine/core';
import { IconDots, IconPlugConnected, IconRefresh } from '@tabler/icons-react';
import { Link, useLocation } from 'wouter';
import { useJob, usePlanSync, useRunningJobs, useStartSync } from '../api/jobs.ts';
import { noNextRun, useNextRuns } from '../api/schedules.ts';
import { useConnect, useSourceLabel } from '../api/sources.ts';
import type { DataSource, Job } from '../api/types.ts';
import { useAddress } from '../components/address.ts';
import { SourceBadge } from '../components/badges.tsx';
import { DocumentList } from '../components/document-list.tsx';
import { Gaps } from '../components/gaps.tsx';
import { JobList } from '../components/job-list.tsx';
import { OfSource } from '../components/of-source.tsx';
import { Page } from '../components/page.tsx';
import { SourceSettings } from '../components/source-settings.tsx';
import { ProblemAlert } from '../components/status-views.tsx';
import { Time } from '../components/time.tsx';
import { UploadedFiles } from '../components/uploaded-files.tsx';
import { plural } from '../format.ts';

export function SourcePage({ id }: { readonly id: string }) {
  return (
    <OfSource id={id}>{(source, { receivesFiles }) => <View source={source} receivesFiles={receivesFiles} />}</OfSource>
  );
}

function View({ source, receivesFiles }: { readonly source: DataSource; readonly receivesFiles: boolean }) {
  const { id } = source;
  const running = useRunningJobs();
  const nextRuns = useNextRuns();
  const { one, change } = useAddress();
  const job = running.data?.get(id);
  const firstTab = receivesFiles ? 'files' : 'syncs';
  const tab = one('tab') ?? firstTab;
  return (
    <Page
      title={source.name}
      above={[{ title: 'Sources', to: '/sources' }]}
      beside={<SourceBadge source={source} job={job} />}
      actions={<Actions source={source} job={job} />}
    >
      <Group gap="lg" c="dimmed" fz="sm" mb="md" style={{ rowGap: 4 }}>
        {source.accountLabel !== null && <span>{source.accountLabel}</span>}
        <span>{plural(source.totalItemsSynced, 'item')}</span>
        <span>
          Last sync: <Time at={source.lastSyncAt} none="never" />
        </span>
        <span>
          Next sync:{' '}
          <Time at={nextRuns.data?.get(id)} none={noNextRun(source, nextRuns.data).toLowerCase()} due="due now" />
        </span>
      </Group>
      <NeedsSignIn source={source} />
      {source.lastSyncError !== null && !source.needsSignIn && (
        <Alert color="red" mb="md" title="The last sync failed">
          {source.lastSyncError}
        </Alert>
      )}
      <ConfigChanged source={source} />
      <Gaps of={source} />
      <Tabs value={tab} onChange={(next) => change({ tab: next === firstTab ? null : next })} keepMounted={false}>
        <Tabs.List mb="md">
          {receivesFiles && <Tabs.Tab value="files">Files</Tabs.Tab>}
          <Tabs.Tab value="syncs">Syncs</Tabs.Tab>
          <Tabs.Tab value="documents">Documents</Tabs.Tab>
          <Tabs.Tab value="settings">Settings</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="files">
          <UploadedFiles dataSourceId={id} />
        </Tabs.Panel>
        <Tabs.Panel value="syncs">
          <JobList dataSourceId={id} />
        </Tabs.Panel>
        <Tabs.Panel value="documents">
          <DocumentList filter={{ dataSourceId: id }} />
        </Tabs.Panel>
        <Tabs.Panel value="settings">
          <SourceSettings source={source} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

/** Until a full listing has applied a changed config, removals wait for a person. */
function ConfigChanged({ source }: { readonly source: DataSource }) {
  const plan = usePlanSync();
  if (source.configChangedAt === null || source.lastSyncAt === null) return null;
  return (
    <Alert color="blue" mb="md" title="What this source syncs has changed">
      <Text size="sm" mb="sm">
        The next sync lists everything again. It asks you before it removes what is no longer selected.
      </Text>
      <Button
        size="xs"
        variant="default"
        loading={plan.isPending}
        onClick={() => plan.mutate({ dataSourceId: source.id, jobType: 'full_sync' })}
      >
        Show what changes
      </Button>
      <ProblemAlert error={plan.error} title="Could not create a plan" />
    </Alert>
  );
}

function NeedsSignIn({ source }: { readonly source: DataSource }) {
  const connect = useConnect();
  const vendor = useSourceLabel(source.id);
  const isOpen = source.connectionStatus === 'disconnected';
  if (!source.needsSignIn && !isOpen) return null;
  return (
    <Alert color="yellow" mb="md" title={isOpen ? 'Not connected' : 'The account cannot be read'}>
      <Text size="sm" mb="sm">
        {isOpen
          ? `Connect an account of ${vendor} to sync this source.`
          : (source.lastSyncError ??
            `${vendor} no longer accepts the sign-in. Waiting syncs continue automatically once you sign in.`)}
      </Text>
      <Group gap="xs">
        <Button
          size="xs"
          leftSection={<IconPlugConnected size={14} aria-hidden />}
          loading={connect.isPending}
          onClick={() => connect.mutate(source)}
        >
          {isOpen ? 'Connect' : 'Connect again'}
        </Button>
        <Button size="xs" variant="subtle" component={Link} href={`/sources/${source.id}/connect`}>
          Other options
        </Button>
      </Group>
      <ProblemAlert error={connect.error} title="Could not open the sign-in" />
    </Alert>
  );
}

function Actions({ source, job: started }: { readonly source: DataSource; readonly job: Job | undefined }) {
  const start = useStartSync();
  const plan = usePlanSync();
  const { data: job = started } = useJob(started?.id ?? '');
  const [, go] = useLocation();
  const isReady = source.isActive && !source.needsSignIn && source.connectionStatus !== 'disconnected';
  const begin = (jobType: 'incremental' | 'full_sync'): void =>
    start.mutate({ dataSourceId: source.id, jobType }, { onSuccess: ({ id }) => go(`/jobs/${id}`) });
  if (job !== undefined)
    return (
      <Button component={Link} href={`/jobs/${job.id}`}>
        {job.progress?.waitingFor?.reason === 'approval' ? 'Review removals' : 'View running sync'}
      </Button>
    );
  return (
    <>
      <Button
        leftSection={<IconRefresh size={16} aria-hidden />}
        disabled={!isReady}
        loading={start.isPending}
        onClick={() => begin('incremental')}
      >
        Sync now
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" px="sm" aria-label="More sync options" disabled={!isReady}>
            <IconDots size={16} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => plan.mutate({ dataSourceId: source.id })}>Plan a sync</Menu.Item>
          <Menu.Item onClick={() => plan.mutate({ dataSourceId: source.id, jobType: 'full_sync' })}>
            Plan a full sync
          </Menu.Item>
          <Menu.Item onClick={() => begin('full_sync')}>Full sync</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ProblemAlert error={start.error ?? plan.error} title="Could not start" />
    </>
  );
}
