import { Alert, Button, Group, Loader, Stack, Text } from '@mantine/core';
import { IconListSearch } from '@tabler/icons-react';
import { Link, useLocation } from 'wouter';
import {
  isRunning,
  useControlJob,
  useJob,
  useLatestPlan,
  usePlanSync,
  useStartSync,
  startWarningOf,
} from '../api/jobs.ts';
import type { DataSource, Job, SourceTypeDescription } from '../api/types.ts';
import { AddSteps } from '../components/add-steps.tsx';
import { useAddress } from '../components/address.ts';
import { JobItems } from '../components/job-items.tsx';
import { isNotBegun, Starting, WaitingAlert } from '../components/live-progress.tsx';
import { Notices } from '../components/notices.tsx';
import { OfSource } from '../components/of-source.tsx';
import { Page } from '../components/page.tsx';
import { PlanFigures } from '../components/plan-figures.tsx';
import { Empty, isNotFound, NotLoaded, ProblemAlert } from '../components/status-views.tsx';
import { Time } from '../components/time.tsx';
import { count } from '../format.ts';

/** Shows what a sync would do. The plan’s id is in the address, so that a reload or a visit starts nothing. */
export function PlanPage({ id }: { readonly id: string }) {
  return <OfSource id={id}>{(source, type) => <View source={source} type={type} />}</OfSource>;
}

function View({ source, type }: { readonly source: DataSource; readonly type: SourceTypeDescription }) {
  const { id } = source;
  const named = useAddress().one('job');
  const latest = useLatestPlan(id, named === null);
  const jobId = named ?? latest.data?.id ?? null;
  const isLoaded = named !== null || latest.data !== undefined;
  const above = [
    { title: 'Sources', to: '/sources' },
    { title: source.name, to: `/sources/${id}` },
  ];
  return (
    <Page title={`Plan for ${source.name}`} above={above}>
      <Notices />
      {source.lastSyncAt === null && <AddSteps at={3} type={type} />}
      {!isLoaded && <NotLoaded query={latest} title="Could not load the plan" />}
      {isLoaded && jobId === null && <NoPlan sourceId={id} />}
      {jobId !== null && <Plan key={jobId} sourceId={id} jobId={jobId} />}
    </Page>
  );
}

function NoPlan({ sourceId }: { readonly sourceId: string }) {
  return (
    <Empty
      icon={<IconListSearch size={28} />}
      title="No plan yet"
      action={<PlanButton sourceId={sourceId} label="Create a plan" />}
    >
      A plan lists the source and shows what a sync would add, update and remove. It downloads and changes nothing.
    </Empty>
  );
}

function PlanButton({ sourceId, label }: { readonly sourceId: string; readonly label: string }) {
  const plan = usePlanSync();
  return (
    <>
      <Button variant="default" loading={plan.isPending} onClick={() => plan.mutate({ dataSourceId: sourceId })}>
        {label}
      </Button>
      <ProblemAlert error={plan.error} title="Could not create a plan" />
    </>
  );
}

function Plan({ sourceId, jobId }: { readonly sourceId: string; readonly jobId: string }) {
  const query = useJob(jobId, 700);
  const { data: job, error } = query;
  if (isNotFound(error)) return <NoPlan sourceId={sourceId} />;
  if (job === undefined) return <NotLoaded query={query} title="Could not load the plan" />;
  if (isRunning(job)) return <InProgress job={job} />;
  if (job.plan === null) return <NotPlanned job={job} />;
  return <Planned job={job} />;
}

function InProgress({ job }: { readonly job: Job }) {
  const control = useControlJob(job.id);
  const isWaiting = job.progress?.waitingFor != null;
  return (
    <Stack>
      {isNotBegun(job) && startWarningOf(job.id) !== null ? <Starting jobId={job.id} /> : <WaitingAlert job={job} />}
      <Group role="status">
        {!isWaiting && <Loader size="sm" />}
        <Text>
          {isWaiting ? 'The plan continues automatically.' : 'Listing the source…'}{' '}
          {job.counts.found > 0 && `${count(job.counts.found)} items so far`}
        </Text>
        <Button
          variant="default"
          size="xs"
          loading={control.isPending || control.isSuccess}
          onClick={() => control.mutate('cancel')}
        >
          Cancel
        </Button>
      </Group>
      <ProblemAlert error={control.error} title="Could not cancel the plan" />
    </Stack>
  );
}

function NotPlanned({ job }: { readonly job: Job }) {
  const isCancelled = job.status === 'cancelled';
  return (
    <Alert
      color={isCancelled ? 'gray' : 'red'}
      role="alert"
      title={isCancelled ? 'The plan was cancelled' : 'The plan failed'}
    >
      <Text size="sm" mb="sm">
        {job.errorMessage ?? 'No reason was recorded.'}
      </Text>
      <PlanButton sourceId={job.dataSourceId} label="Plan again" />
    </Alert>
  );
}

function Planned({ job }: { readonly job: Job & { readonly plan: Job['plan'] } }) {
  const start = useStartSync();
  const [, go] = useLocation();
  const { dataSourceId, jobType, plan, completedAt } = job;
  return (
    <Stack gap="lg">
      {plan !== null && <PlanFigures plan={plan} />}
      <ProblemAlert error={start.error} title="Could not start the sync" />
      <Group>
        <Button
          loading={start.isPending}
          onClick={() => start.mutate({ dataSourceId, jobType }, { onSuccess: ({ id }) => go(`/jobs/${id}`) })}
        >
          Start the sync
        </Button>
        <PlanButton sourceId={dataSourceId} label="Plan again" />
        <Button variant="subtle" component={Link} href={`/sources/${dataSourceId}`}>
          Not now
        </Button>
        <Text size="sm" c="dimmed">
          Planned <Time at={completedAt} />
        </Text>
      </Group>
      <JobItems job={job} />
    </Stack>
  );
}
