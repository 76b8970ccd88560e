import { Alert, List, Text } from '@mantine/core';
import type { DataSource, Job } from '../api/types.ts';
import { plural } from '../format.ts';
import { Time } from './time.tsx';

/** Parts of a source that could not be listed: why, since when, and when they are tried next. */
export function Gaps({ of }: { readonly of: DataSource | Job }) {
  const { gaps, gapCount } = of;
  if (gapCount === 0) return null;
  const isSynced = 'status' in of ? of.status === 'completed' && !of.dryRun : of.lastSyncStatus === 'completed';
  return (
    <Alert color="yellow" mb="md" title={`${plural(gapCount, 'part')} of the source could not be listed`}>
      <Text size="sm" mb="xs">
        Documents synced from there earlier are kept as they are.{isSynced && ' Everything else was synced.'}
      </Text>
      <List size="sm" spacing={4}>
        {gaps.map((gap) => (
          <List.Item key={gap.externalId ?? ''}>
            <strong>{gap.name}</strong>: {gap.message}{' '}
            <Text span size="sm" c="dimmed">
              First failed <Time at={gap.since} />. Next attempt:{' '}
              <Time at={gap.nextAttemptAt} none="with the next sync" due="with the next sync" />.
            </Text>
          </List.Item>
        ))}
      </List>
      {gaps.length < gapCount && <Text size="sm">And {plural(gapCount - gaps.length, 'more part')}.</Text>}
    </Alert>
  );
}
