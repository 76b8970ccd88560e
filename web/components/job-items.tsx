import { Anchor, Box, Chip, Group, Text, Title } from '@mantine/core';
import { IconChecks } from '@tabler/icons-react';
import { useState } from 'react';
import { type Outcome, isRunning, useJobItems } from '../api/queries.ts';
import type { Job, JobItem } from '../api/types.ts';
import { bytes } from '../format.ts';
import { OutcomeBadge, outcomeLabels } from './badges.tsx';
import { ItemStory } from './item-history.tsx';
import { type Column, Rows } from './rows.tsx';
import { Empty } from './status-views.tsx';
import { Time } from './time.tsx';

const filters = ['created', 'updated', 'removed', 'skipped', 'failed'] as const satisfies readonly Outcome[];

/** What became of each item; what was only counted is not listed. */
export function JobItems({ job }: { readonly job: Job }) {
  const [outcome, setOutcome] = useState<Outcome | undefined>(job.counts.failed > 0 ? 'failed' : undefined);
  const [reported, setReported] = useState<JobItem | null>(null);
  const items = useJobItems(job.id, outcome, isRunning(job));
  return (
    <Box component="section" aria-label="Items">
      <Group justify="space-between" mb="sm" gap="sm">
        <Title order={2} size="h4">
          Items
        </Title>
        <Chip.Group value={outcome ?? 'all'} onChange={(value) => setOutcome(filters.find((one) => one === value))}>
          <Group gap={6}>
            <Chip value="all" size="xs">
              All
            </Chip>
            {filters.map((one) => (
              <Chip key={one} value={one} size="xs">
                {outcomeLabels(one)}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
      </Group>
      <Rows
        label="Items of this sync"
        pages={items}
        columns={columns(setReported, isRunning(job))}
        keyOf={(item) => item.externalId}
        empty={
          <Empty icon={<IconChecks size={28} />} title="Nothing to list">
            Items that were found unchanged are only counted.
          </Empty>
        }
      />
      <ItemStory dataSourceId={job.dataSourceId} item={reported} onClose={() => setReported(null)} />
    </Box>
  );
}

function columns(tell: (item: JobItem) => void, jobRuns: boolean): Column<JobItem>[] {
  return [
    {
      title: 'Item',
      width: 'minmax(0, 1fr)',
      cell: (item) => (
        <>
          <Anchor
            component="button"
            type="button"
            fz="sm"
            ta="left"
            truncate
            display="block"
            maw="100%"
            onClick={() => tell(item)}
          >
            {item.path ?? item.name ?? item.externalId}
          </Anchor>
          {reasonOf(item) !== '' && (
            <Text size="xs" c="dimmed" truncate title={reasonOf(item)}>
              {reasonOf(item)}
              {item.nextAttemptAt !== null && (
                <>
                  {' '}
                  Tried again <Time at={item.nextAttemptAt} />.
                </>
              )}
            </Text>
          )}
        </>
      ),
    },
    {
      title: 'Size',
      width: '90px',
      align: 'right',
      wideOnly: true,
      cell: (item) => (item.bytes === 0 ? '–' : bytes(item.bytes)),
    },
    {
      title: 'What became of it',
      width: '130px',
      cell: (item) => <OutcomeBadge outcome={item.outcome} state={jobRuns ? item.state : 'Not tried'} />,
    },
  ];
}

function reasonOf({ errorMessage, notes }: JobItem): string {
  return errorMessage ?? notes.map(({ message }) => message).join(' ');
}
