import { Alert, Button, Group, Paper, ScrollArea, Text } from '@mantine/core';
import { useHeldRemovals } from '../api/job-items.ts';
import { useControlJob } from '../api/jobs.ts';
import type { Job } from '../api/types.ts';
import { count, plural } from '../format.ts';
import { Loading, ProblemAlert } from './status-views.tsx';

/** An unusually large removal, which waits for a person’s decision: everything that it would remove. */
export function HeldRemovals({ job }: { readonly job: Job }) {
  const control = useControlJob(job.id);
  const pages = useHeldRemovals(job.id);
  const items = pages.data?.pages.flatMap((page) => page.rows) ?? [];
  const { count: removals, of } = job.removals ?? { count: 0, of: 0 };
  return (
    <Alert color="yellow" title={`Remove ${plural(removals, 'document')} of ${count(of)}?`}>
      <Text size="sm" mb="sm">
        {job.removals?.configChanged === true
          ? 'What this source syncs was changed, and it no longer includes these items or they were deleted. Nothing has been removed yet.'
          : 'These items are no longer at the source. That is unusually many, so nothing has been removed yet.'}{' '}
        Remove their documents here too, or keep them until the next full listing asks again.
      </Text>
      <Paper withBorder radius="md" mb="sm">
        <ScrollArea.Autosize
          mah={220}
          type="auto"
          viewportProps={{ tabIndex: 0, role: 'group', 'aria-label': 'Items to remove' }}
        >
          {pages.isPending && <Loading />}
          <ul style={{ margin: 0, padding: '8px 12px 8px 28px' }}>
            {items.map((item) => (
              <li key={item.externalId}>
                <Text size="sm" dir="auto">
                  {item.path || item.name}
                </Text>
              </li>
            ))}
          </ul>
          {pages.hasNextPage && (
            <Button
              variant="subtle"
              size="xs"
              m="xs"
              loading={pages.isFetchingNextPage}
              onClick={() => void pages.fetchNextPage()}
            >
              Show more
            </Button>
          )}
        </ScrollArea.Autosize>
      </Paper>
      <ProblemAlert error={control.error ?? pages.error} title="Could not send your decision" />
      <Group gap="xs">
        <Button
          color="red"
          loading={control.isPending && control.variables === 'approve'}
          onClick={() => control.mutate('approve')}
        >
          Remove {plural(removals, 'document')}
        </Button>
        <Button
          variant="default"
          loading={control.isPending && control.variables === 'keep'}
          onClick={() => control.mutate('keep')}
        >
          Keep all
        </Button>
      </Group>
    </Alert>
  );
}
