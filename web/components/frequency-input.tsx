import { SegmentedControl, Stack, Text } from '@mantine/core';
import type { DataSource } from '../api/types.ts';

type Frequency = DataSource['syncFrequency'];
const words: Readonly<Record<Frequency, string>> = {
  manual: 'By hand',
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
      <Text size="sm" fw={500} id="frequency">
        How often
      </Text>
      <Text size="xs" c="dimmed">
        Only what has changed is fetched. Other times can be set under Schedules.
      </Text>
      <SegmentedControl
        aria-labelledby="frequency"
        data={Object.entries(words).map(([name, label]) => ({ value: name, label }))}
        value={value}
        onChange={(next) => onChange(next as Frequency)}
      />
    </Stack>
  );
}
