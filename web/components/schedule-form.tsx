import { Button, Group, List, NumberInput, SegmentedControl, Select, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useCreateSchedule, useSchedulePreview, useUpdateSchedule } from '../api/schedules.ts';
import { useSources } from '../api/sources.ts';
import type { ScheduledSync } from '../api/types.ts';
import { count, shortTime, timeIn } from '../format.ts';
import { fieldError, ProblemAlert } from './status-views.tsx';
import { useUnsavedFields } from './unsaved.ts';

type Kind = ScheduledSync['scheduleType'];
const kinds = [
  { value: 'interval', label: 'Interval' },
  { value: 'daily', label: 'Daily' },
  { value: 'weekly', label: 'Weekly' },
  { value: 'cron', label: 'Cron' },
] as const;
const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'].map((day) => ({
  value: day,
  label: day.charAt(0).toUpperCase() + day.slice(1),
}));
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
/** UTC first, then the viewer’s own. */
const zones = [...new Set(['UTC', here, ...Intl.supportedValuesOf('timeZone')])];

interface Fields {
  readonly every: number | string;
  readonly time: string;
  readonly weekday: string;
  readonly expression: string;
  readonly timeZone: string;
}

function fieldsOf(schedule: ScheduledSync | null): Fields {
  const config = schedule?.scheduleConfig ?? {};
  const two = (value: unknown): string => String(typeof value === 'number' ? value : 0).padStart(2, '0');
  return {
    every: typeof config['everyMinutes'] === 'number' ? config['everyMinutes'] : 30,
    time: typeof config['hour'] === 'number' ? `${two(config['hour'])}:${two(config['minute'])}` : '06:00',
    weekday: typeof config['weekday'] === 'string' ? config['weekday'] : 'monday',
    expression: typeof config['expression'] === 'string' ? config['expression'] : '0 6 * * 1-5',
    timeZone: typeof config['timeZone'] === 'string' ? config['timeZone'] : here,
  };
}

function configOf(kind: Kind, { every, time, weekday, expression, timeZone }: Fields): Record<string, unknown> {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  switch (kind) {
    case 'interval':
      return { everyMinutes: Number(every), timeZone };
    case 'daily':
      return { hour, minute, timeZone };
    case 'weekly':
      return { weekday, hour, minute, timeZone };
    case 'cron':
      return { expression, timeZone };
  }
}

/** What the API accepts and the form does not show, so that saving keeps it. */
function hiddenOf(schedule: ScheduledSync | null): Record<string, unknown> {
  const { jitterMinutes, catchUpMinutes } = schedule?.scheduleConfig ?? {};
  return { jitterMinutes, catchUpMinutes };
}

/** “Every 30 minutes”, “Every 2 hours”. */
function everyLabel(minutes: number): string {
  if (minutes % 60 === 0) return minutes === 60 ? 'Every hour' : `Every ${count(minutes / 60)} hours`;
  return minutes === 1 ? 'Every minute' : `Every ${count(minutes)} minutes`;
}

/** A run as the schedule states its time, with the zone if it is not the viewer’s. */
export function runLabel({ scheduleType, ...schedule }: ScheduledSync, at: string): string {
  const { timeZone } = fieldsOf({ scheduleType, ...schedule });
  return scheduleType === 'interval' || timeZone === here ? shortTime(at) : `${timeIn(at, timeZone)} (${timeZone})`;
}

/** “Every 30 minutes”, “Monday at 06:00 (Europe/Berlin)”. */
export function scheduleLabel({ scheduleType, ...schedule }: ScheduledSync): string {
  const fields = fieldsOf({ scheduleType, ...schedule });
  const zone = fields.timeZone === here ? '' : ` (${fields.timeZone})`;
  switch (scheduleType) {
    case 'interval':
      return everyLabel(Number(fields.every));
    case 'daily':
      return `Daily at ${fields.time}${zone}`;
    case 'weekly':
      return `${weekdays.find((day) => day.value === fields.weekday)?.label ?? ''} at ${fields.time}${zone}`;
    case 'cron':
      return `${fields.expression}${zone}`;
  }
}

/** Adds or edits a schedule, with a preview of its next runs. */
export function ScheduleForm({
  schedule,
  onDone,
}: {
  readonly schedule: ScheduledSync | null;
  readonly onDone: () => void;
}) {
  const sources = useSources();
  const [dataSourceId, setSource] = useState<string | null>(schedule?.dataSourceId ?? null);
  const [scheduleType, setKind] = useState<Kind>(schedule?.scheduleType ?? 'interval');
  const [fields, setFields] = useState(fieldsOf(schedule));
  const create = useCreateSchedule();
  const update = useUpdateSchedule();
  const scheduleConfig = { ...hiddenOf(schedule), ...configOf(scheduleType, fields) };
  const preview = useSchedulePreview({ scheduleType, scheduleConfig });
  useUnsavedFields([dataSourceId, scheduleType, fields]);
  const set = (change: Partial<Fields>): void => setFields({ ...fields, ...change });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (schedule !== null) update.mutate({ id: schedule.id, scheduleType, scheduleConfig }, { onSuccess: onDone });
    else if (dataSourceId !== null)
      create.mutate({ dataSourceId, scheduleType, scheduleConfig }, { onSuccess: onDone });
  };
  const errorOf = (name: string): string | undefined => fieldError(preview.error, `scheduleConfig.${name}`);
  return (
    <form onSubmit={submit}>
      <Stack>
        <Select
          label="Source"
          data={sources.data?.map(({ id, name }) => ({ value: id, label: name })) ?? []}
          value={dataSourceId}
          onChange={setSource}
          disabled={schedule !== null}
          required
        />
        <SegmentedControl aria-label="Schedule type" data={[...kinds]} value={scheduleType} onChange={setKind} />
        {scheduleType === 'interval' && (
          <NumberInput
            label="Every (minutes)"
            min={5}
            value={fields.every}
            onChange={(every) => set({ every })}
            error={errorOf('everyMinutes')}
            required
          />
        )}
        {scheduleType === 'weekly' && (
          <Select
            label="Day"
            data={weekdays}
            value={fields.weekday}
            onChange={(weekday) => set({ weekday: weekday ?? 'monday' })}
            allowDeselect={false}
          />
        )}
        {(scheduleType === 'daily' || scheduleType === 'weekly') && (
          <TextInput
            type="time"
            label="Time"
            value={fields.time}
            onChange={(event) => set({ time: event.currentTarget.value })}
            required
          />
        )}
        {scheduleType === 'cron' && (
          <TextInput
            label="Cron expression"
            description="Minute, hour, day of month, month, day of week"
            value={fields.expression}
            onChange={(event) => set({ expression: event.currentTarget.value })}
            error={errorOf('expression')}
            required
          />
        )}
        {scheduleType !== 'interval' && (
          <Select
            label="Time zone"
            data={zones}
            searchable
            value={fields.timeZone}
            onChange={(timeZone) => set({ timeZone: timeZone ?? here })}
            error={errorOf('timeZone')}
            allowDeselect={false}
          />
        )}
        <div aria-live="polite">
          <Text size="sm" fw={500}>
            Next runs ({scheduleType === 'interval' ? here : fields.timeZone})
          </Text>
          <List size="sm">
            {preview.error === null &&
              preview.data?.map((at) => (
                <List.Item key={at}>{timeIn(at, scheduleType === 'interval' ? here : fields.timeZone)}</List.Item>
              ))}
          </List>
        </div>
        <ProblemAlert error={create.error ?? update.error} title="Could not save the schedule" />
        <Group justify="flex-end">
          <Button type="submit" loading={create.isPending || update.isPending} disabled={preview.error !== null}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
