import { SegmentedControl, Stack, Text } from '@mantine/core';
import type { DataSource } from '../api/types.ts';

type Frequency = DataSource['syncFrequency'];
const labels: Readonly<Record<Frequency, string>> = {
  manual: 'Manual',
  hourly: 'Hourly',
  daily: 'Daily',
  weekly: 'Weekly',
};

export function FrequencyInput({
  value,
  onChange,
}: {
  readonly value: Frequency;
  readonly onChange: (value: Frequency) => void;
}) {
  return (
    <Stack gap={4} align="flex-start">
      <Text size="sm" fw={600} id="frequency">
        Sync frequency
      </Text>
      <Text size="xs" c="dimmed">
        Each sync fetches only what has changed. For fixed times, add a schedule.
      </Text>
      <SegmentedControl
        aria-labelledby="frequency"
        data={Object.entries(labels).map(([name, label]) => ({ value: name, label }))}
        value={value}
        onChange={(next) => onChange(next as Frequency)}
      />
    </Stack>
  );
}
