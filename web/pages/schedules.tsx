import { ActionIcon, Anchor, Button, Card, Group, Modal, Stack, Switch, Text } from '@mantine/core';
import { IconCalendarTime, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { useDeleteSchedule, useSchedules, useSources, useUpdateSchedule } from '../api/queries.ts';
import type { ScheduledSync } from '../api/types.ts';
import { Page } from '../components/page.tsx';
import { ScheduleForm, scheduleWords } from '../components/schedule-form.tsx';
import { Empty, Loading, ProblemAlert } from '../components/status-views.tsx';
import { Time } from '../components/time.tsx';
import { shortTime } from '../format.ts';

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
      {schedules.isPending && <Loading />}
      {schedules.data === undefined && <ProblemAlert error={schedules.error} retry={() => void schedules.refetch()} />}
      {schedules.data?.length === 0 && (
        <Empty icon={<IconCalendarTime size={28} />} title="No schedules" action={add}>
          Each source can run hourly, daily or weekly by its own setting. Schedules are for other times.
        </Empty>
      )}
      <Stack gap="sm">
        {schedules.data?.map((schedule) => (
          <ScheduleCard key={schedule.id} schedule={schedule} edit={() => setEdited(schedule)} />
        ))}
      </Stack>
      <Modal
        opened={edited !== null}
        onClose={() => setEdited(null)}
        title={edited === 'new' ? 'Add a schedule' : 'Change the schedule'}
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
  const name = sources.data?.find((source) => source.id === schedule.dataSourceId)?.name ?? 'A source';
  return (
    <Card withBorder radius="md" component="section" aria-label={`${name}, ${scheduleWords(schedule)}`}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div style={{ minWidth: 0 }}>
          <Anchor component={Link} href={`/sources/${schedule.dataSourceId}`} fw={600}>
            {name}
          </Anchor>
          <Text size="sm">{scheduleWords(schedule)}</Text>
        </div>
        <Group gap={4} wrap="nowrap">
          <Switch
            aria-label="Switched on"
            checked={schedule.isActive}
            onChange={(event) => update.mutate({ id: schedule.id, isActive: event.currentTarget.checked })}
          />
          <ActionIcon variant="subtle" color="gray" aria-label="Change" onClick={edit}>
            <IconPencil size={17} />
          </ActionIcon>
          <ActionIcon
            variant="subtle"
            color="red"
            aria-label="Delete"
            loading={remove.isPending}
            onClick={() => remove.mutate(schedule.id)}
          >
            <IconTrash size={17} />
          </ActionIcon>
        </Group>
      </Group>
      <Group gap="md" mt="xs" fz="sm" c="dimmed">
        <span>
          Next <Time at={schedule.nextRunAt} none="while it is switched off: never" />
        </span>
        <span>
          Last <Time at={schedule.lastRunAt} none="never" />
        </span>
        {schedule.nextRuns.length > 1 && <span>Then {schedule.nextRuns.slice(1, 4).map(shortTime).join(' · ')}</span>}
      </Group>
      <ProblemAlert error={update.error ?? remove.error} />
    </Card>
  );
}
