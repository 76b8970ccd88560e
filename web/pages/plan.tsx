import { Alert, Button, Group, Loader, Stack, Text } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { Link, useLocation } from 'wouter';
import { isRunning, useJob, useSource, useStartSync } from '../api/queries.ts';
import { AddSteps } from '../components/add-steps.tsx';
import { Page } from '../components/page.tsx';
import { PlanFigures } from '../components/plan-figures.tsx';
import { ProblemAlert } from '../components/status-views.tsx';
import { count } from '../format.ts';

/** Lists and compares, fetches nothing: what a sync would do comes before the sync. */
export function PlanPage({ id }: { readonly id: string }) {
  const { source } = useSource(id);
  const plan = useStartSync();
  const { mutate } = plan;
  const isAsked = useRef(false);
  useEffect(() => {
    if (isAsked.current) return;
    isAsked.current = true;
    mutate({ dataSourceId: id, dryRun: true });
  }, [id, mutate]);
  return (
    <Page title={`Plan for ${source?.name ?? ''}`} above={[{ title: 'Sources', to: '/sources' }]}>
      <AddSteps at={3} />
      <Stack>
        <ProblemAlert error={plan.error} retry={() => mutate({ dataSourceId: id, dryRun: true })} />
        {plan.data === undefined ? (
          plan.isPending && <Counting found={0} />
        ) : (
          <Planned sourceId={id} jobId={plan.data.id} />
        )}
      </Stack>
    </Page>
  );
}

function Planned({ sourceId, jobId }: { readonly sourceId: string; readonly jobId: string }) {
  const { data: job } = useJob(jobId, 700);
  const start = useStartSync();
  const [, go] = useLocation();
  if (job === undefined || isRunning(job)) return <Counting found={job?.counts.found ?? 0} />;
  if (job.plan === null)
    return (
      <Alert color="red" role="alert" title="There is no plan">
        {job.errorMessage ?? 'The listing was stopped.'}
      </Alert>
    );
  return (
    <>
      <PlanFigures plan={job.plan} />
      <ProblemAlert error={start.error} />
      <Group>
        <Button
          loading={start.isPending}
          onClick={() => start.mutate({ dataSourceId: sourceId }, { onSuccess: ({ id }) => go(`/jobs/${id}`) })}
        >
          Start the sync
        </Button>
        <Button variant="default" component={Link} href={`/sources/${sourceId}`}>
          Not now
        </Button>
      </Group>
    </>
  );
}

function Counting({ found }: { readonly found: number }) {
  return (
    <Group role="status">
      <Loader size="sm" />
      <Text>Looking at what is there … {found > 0 && `${count(found)} items so far`}</Text>
    </Group>
  );
}
