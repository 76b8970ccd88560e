import { Button, Group, NumberInput, Popover, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconGauge } from '@tabler/icons-react';
import { useState } from 'react';
import { useSetSpeed } from '../api/jobs.ts';
import type { Job } from '../api/types.ts';
import { Notices } from './notices.tsx';
import { fieldError, ProblemAlert } from './status-views.tsx';

/** How fast a running job may go; an empty field means the default. */
export function SpeedControl({ job }: { readonly job: Job }) {
  const [isOpen, setOpen] = useState(false);
  const [pages, setPages] = useState<number | string>(job.speed.pagesAtOnce ?? '');
  const [requests, setRequests] = useState<number | string>(job.speed.requestsPerSecond ?? '');
  const set = useSetSpeed(job.id);
  const orNull = (value: number | string): number | null => (value === '' ? null : Number(value));
  const save = (): void =>
    set.mutate(
      { pagesAtOnce: orNull(pages), requestsPerSecond: orNull(requests) },
      {
        onSuccess: () => {
          setOpen(false);
          notifications.show({ message: 'Speed changed' });
        },
      },
    );
  return (
    <>
      <Notices />
      <Popover opened={isOpen} onChange={setOpen} position="bottom-end" trapFocus withinPortal>
        <Popover.Target>
          <Button variant="default" leftSection={<IconGauge size={16} aria-hidden />} onClick={() => setOpen(!isOpen)}>
            Speed
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <Stack gap="sm" w={260}>
            <NumberInput
              label="Concurrent pages"
              placeholder="Default"
              min={1}
              max={16}
              value={pages}
              onChange={setPages}
              error={fieldError(set.error, 'pagesAtOnce')}
            />
            <NumberInput
              label="Requests per second, at most"
              placeholder="Default"
              min={0.01}
              max={1000}
              value={requests}
              onChange={setRequests}
              error={fieldError(set.error, 'requestsPerSecond')}
            />
            <Text size="xs" c="dimmed">
              Applies to this sync only. Leave a field empty for the default.
            </Text>
            <ProblemAlert error={set.error} title="Could not change the speed" />
            <Group justify="flex-end">
              <Button size="xs" loading={set.isPending} onClick={save}>
                Apply
              </Button>
            </Group>
          </Stack>
        </Popover.Dropdown>
      </Popover>
    </>
  );
}
