import { Anchor, Button, Drawer, Group, Stack, Text, Timeline } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { Link, useLocation } from 'wouter';
import { useItemHistory } from '../api/job-items.ts';
import { useStartSync } from '../api/jobs.ts';
import { withLocalTimes } from '../format.ts';
import { Loading, ProblemAlert } from './status-views.tsx';
import { Time } from './time.tsx';

interface OpenedItem {
  readonly externalId: string;
  readonly name: string | null;
  readonly webUrl?: string | null;
}

/** One item: its current state, and what each sync did with it. */
export function ItemHistory({
  dataSourceId,
  item,
  onClose,
}: {
  readonly dataSourceId: string;
  readonly item: OpenedItem | null;
  readonly onClose: () => void;
}) {
  const history = useItemHistory(dataSourceId, item?.externalId ?? null);
  return (
    <Drawer
      opened={item !== null}
      onClose={onClose}
      position="right"
      size="md"
      title={item?.name ?? item?.externalId ?? ''}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {history.isLoading && <Loading />}
      <ProblemAlert error={history.error} retry={() => void history.refetch()} />
      {history.data !== undefined && item !== null && (
        <Stack gap="lg">
          <Text>{withLocalTimes(history.data.summary)}</Text>
          <Group gap="xs">
            {history.data.item?.documentId != null && history.data.item.isLive && (
              <Button component={Link} href={`/documents/${history.data.item.documentId}`} variant="light" size="xs">
                Open the document
              </Button>
            )}
            {item.webUrl != null && /^https?:/.test(item.webUrl) && (
              <Button
                component="a"
                href={item.webUrl}
                target="_blank"
                rel="noreferrer"
                variant="default"
                size="xs"
                rightSection={<IconExternalLink size={13} aria-hidden />}
              >
                Open at the source
              </Button>
            )}
            {/* Of a file in an archive, the archive is the item. */}
            <SyncOne dataSourceId={dataSourceId} externalId={history.data.item?.externalId ?? item.externalId} />
          </Group>
          <Timeline bulletSize={14} lineWidth={2} active={history.data.events.length}>
            {history.data.events.map((event) => (
              <Timeline.Item key={`${event.jobId} ${event.at}`} title={<Text size="sm">{event.what}</Text>}>
                <Group gap="xs" fz="xs" c="dimmed">
                  <Time at={event.at} />
                  <Anchor component={Link} href={`/jobs/${event.jobId}`} fz="xs">
                    Open the sync
                  </Anchor>
                </Group>
              </Timeline.Item>
            ))}
          </Timeline>
        </Stack>
      )}
    </Drawer>
  );
}

function SyncOne({ dataSourceId, externalId }: { readonly dataSourceId: string; readonly externalId: string }) {
  const start = useStartSync();
  const [, go] = useLocation();
  return (
    <>
      <Button
        variant="default"
        size="xs"
        loading={start.isPending}
        onClick={() =>
          start.mutate(
            { dataSourceId, jobType: 'manual', externalIds: [externalId] },
            { onSuccess: ({ id }) => go(`/jobs/${id}`) },
          )
        }
      >
        Sync this item
      </Button>
      <ProblemAlert error={start.error} title="Could not start the sync" />
    </>
  );
}
