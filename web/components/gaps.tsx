import { Alert, List, Text } from '@mantine/core';
import type { DataSource, Job } from '../api/types.ts';
import { plural } from '../format.ts';
import { Time } from './time.tsx';

/** Parts that could not be listed: why, since when, and when they are tried again. */
export function Gaps({ of: { gaps, gapCount } }: { readonly of: Pick<DataSource | Job, 'gaps' | 'gapCount'> }) {
  if (gapCount === 0) return null;
  return (
    <Alert color="yellow" mb="md" title={`${plural(gapCount, 'part')} could not be listed`}>
      <Text size="sm" mb="xs">
        What was synced from there before stays as it is. Everything else is up to date.
      </Text>
      <List size="sm" spacing={4}>
        {gaps.map((gap) => (
          <List.Item key={gap.externalId ?? ''}>
            <strong>{gap.name}</strong>: {gap.message}{' '}
            <Text span size="sm" c="dimmed">
              Since <Time at={gap.since} />; tried again{' '}
              {gap.nextAttemptAt === null ? 'with the next sync' : <Time at={gap.nextAttemptAt} />}.
            </Text>
          </List.Item>
        ))}
      </List>
      {gaps.length < gapCount && <Text size="sm">And {plural(gapCount - gaps.length, 'more part')}.</Text>}
    </Alert>
  );
}
