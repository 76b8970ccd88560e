import { ActionIcon, Anchor, Button, Card, Group, Modal, Stack, Switch, Text } from '@mantine/core';
import { IconCalendarTime, IconPencil, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { useDeleteSchedule, useSchedules, useUpdateSchedule } from '../api/schedules.ts';
import { useSources } from '../api/sources.ts';
import type { ScheduledSync } from '../api/types.ts';
import { ConfirmButton } from '../components/confirm-button.tsx';
import { Page } from '../components/page.tsx';
import { runLabel, ScheduleForm, scheduleLabel } from '../components/schedule-form.tsx';
import { Empty, NotLoaded, ProblemAlert } from '../components/status-views.tsx';
import { Time } from '../components/time.tsx';
import { mayLeave } from '../components/unsaved.ts';

export function SchedulesPage() {
  const schedules = useSchedules();
  const [edited, setEdited] = useState<ScheduledSync | 'new' | null>(null);
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setEdited('new')}>
      Add a schedule
    </Button>
  );
  return (
    <Page title="Schedules" actions={add}>
      <NotLoaded query={schedules} />
      {schedules.data?.length === 0 && (
        <Empty icon={<IconCalendarTime size={28} />} title="No schedules yet" action={add}>
          Sources sync hourly, daily or weekly by their own setting. Add a schedule to sync at a fixed time.
        </Empty>
      )}
      <Stack gap="sm">
        {schedules.data?.map((schedule) => (
          <ScheduleCard key={schedule.id} schedule={schedule} edit={() => setEdited(schedule)} />
        ))}
      </Stack>
      <Modal
        opened={edited !== null}
        onClose={() => mayLeave() && setEdited(null)}
        // A click beside it would lose what was chosen.
        closeOnClickOutside={false}
        title={edited === 'new' ? 'Add a schedule' : 'Edit schedule'}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {edited !== null && <ScheduleForm schedule={edited === 'new' ? null : edited} onDone={() => setEdited(null)} />}
      </Modal>
    </Page>
  );
}

function ScheduleCard({ schedule, edit }: { readonly schedule: ScheduledSync; readonly edit: () => void }) {
  const sources = useSources();
  const update = useUpdateSchedule();
  const remove = useDeleteSchedule();
  const name = sources.data?.find((source) => source.id === schedule.dataSourceId)?.name ?? 'Deleted source';
  return (
    <Card withBorder radius="md" component="section" aria-label={`${name}, ${scheduleLabel(schedule)}`}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div style={{ minWidth: 0 }}>
          <Anchor component={Link} href={`/sources/${schedule.dataSourceId}`} fw={600}>
            {name}
          </Anchor>
          <Text size="sm">{scheduleLabel(schedule)}</Text>
        </div>
        <Group gap={4} wrap="nowrap">
          <Switch
            aria-label="Active"
            checked={schedule.isActive}
            onChange={(event) => update.mutate({ id: schedule.id, isActive: event.currentTarget.checked })}
          />
          <ActionIcon variant="subtle" color="gray" aria-label="Edit" onClick={edit}>
            <IconPencil size={17} />
          </ActionIcon>
          <ConfirmButton
            isIcon
            question="Delete this schedule?"
            action={remove}
            onConfirm={() => remove.mutate(schedule.id)}
          >
            <Text size="sm">
              {name} is no longer synced {scheduleLabel(schedule).toLowerCase()}. Its sync frequency stays as it is.
            </Text>
          </ConfirmButton>
        </Group>
      </Group>
      <Group gap="md" mt="xs" fz="sm" c="dimmed" style={{ rowGap: 4 }}>
        <span>
          Next run: <Time at={schedule.nextRunAt} none="paused" due="due now" />
        </span>
        <span>
          Last run: <Time at={schedule.lastRunAt} none="never" />
        </span>
        {schedule.nextRuns.length > 1 && (
          <span>
            Then{' '}
            {schedule.nextRuns
              .slice(1, 4)
              .map((at) => runLabel(schedule, at))
              .join(' · ')}
          </span>
        )}
      </Group>
      {schedule.pausedReason !== null && (
        <Text size="sm" mt={4}>
          {schedule.pausedReason}
        </Text>
      )}
      <ProblemAlert error={update.error} title="Could not change the schedule" />
    </Card>
  );
}
