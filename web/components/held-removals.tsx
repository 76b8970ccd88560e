import { Alert, Button, Group, Paper, ScrollArea, Text } from '@mantine/core';
import { useHeldRemovals, useSendUpdate } from '../api/queries.ts';
import type { Job } from '../api/types.ts';
import { plural } from '../format.ts';
import { Loading, ProblemAlert } from './status-views.tsx';

/** An unusually large removal waits for a person, with all that would go. */
export function HeldRemovals({ job }: { readonly job: Job }) {
  const sendUpdate = useSendUpdate(job.id);
  const pages = useHeldRemovals(job.id);
  const items = pages.data?.pages.flatMap((page) => page.rows) ?? [];
  const { count: removals, of } = job.removals ?? { count: 0, of: 0 };
  return (
    <Alert color="yellow" title={`${plural(removals, 'item')} of ${of.toLocaleString()} are no longer at the source`}>
      <Text size="sm" mb="sm">
        That is unusually many, so nothing has been removed yet. Remove them here too, or keep their documents until the
        next full listing?
      </Text>
      <Paper withBorder radius="md" mb="sm">
        <ScrollArea.Autosize
          mah={220}
          type="auto"
          viewportProps={{ tabIndex: 0, role: 'group', 'aria-label': 'What would be removed' }}
        >
          {pages.isPending && <Loading />}
          <ul style={{ margin: 0, padding: '8px 12px 8px 28px' }}>
            {items.map((item) => (
              <li key={item.externalId}>
                <Text size="sm">{item.path || item.name}</Text>
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
      <ProblemAlert error={sendUpdate.error ?? pages.error} />
      <Group gap="xs">
        <Button
          color="red"
          loading={sendUpdate.isPending && sendUpdate.variables === 'approve'}
          onClick={() => sendUpdate.mutate('approve')}
        >
          Remove {plural(removals, 'item')}
        </Button>
        <Button
          variant="default"
          loading={sendUpdate.isPending && sendUpdate.variables === 'keep'}
          onClick={() => sendUpdate.mutate('keep')}
        >
          Keep them
        </Button>
      </Group>
    </Alert>
  );
}
