import { Anchor, Box, Chip, Group, Text, Title } from '@mantine/core';
import { IconChecks } from '@tabler/icons-react';
import { useState } from 'react';
import { type ItemFilter, type Outcome, type PlannedAction, useJobItems } from '../api/job-items.ts';
import { isRunning } from '../api/jobs.ts';
import type { Job, JobItem } from '../api/types.ts';
import { bytes, count } from '../format.ts';
import { ItemBadge, outcomeLabel, plannedLabel } from './badges.tsx';
import { ItemHistory } from './item-history.tsx';
import { type Column, Rows } from './rows.tsx';
import { Empty } from './status-views.tsx';
import { Time } from './time.tsx';

interface Choice {
  readonly value: string;
  readonly label: string;
  readonly count: number;
  readonly filter: ItemFilter;
}

/** Every item of a job with its result, or of a plan with what a sync would do. Unchanged items of a sync are only counted. */
export function JobItems({ job }: { readonly job: Job }) {
  const choices = job.plan === null ? outcomeChoices(job) : planChoices(job.plan);
  const [chosen, choose] = useState(firstChoice(job, choices));
  const [opened, open] = useState<JobItem | null>(null);
  const items = useJobItems(job.id, choices.find(({ value }) => value === chosen)?.filter ?? {}, isRunning(job));
  return (
    <Box component="section" aria-label="Items">
      <Group justify="space-between" mb="sm" gap="sm">
        <Title order={2} size="h4">
          Items
        </Title>
        <Chip.Group value={chosen} onChange={choose}>
          <Group gap={6}>
            <Chip value="all" size="xs">
              All
            </Chip>
            {choices.map(({ value, label, count: total }) => (
              <Chip key={value} value={value} size="xs">
                {total === 0 ? label : `${label} ${count(total)}`}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
      </Group>
      <Rows
        label={job.dryRun ? 'Items of this plan' : 'Items of this sync'}
        pages={items}
        columns={columns(open, job)}
        keyOf={(item) => item.externalId}
        empty={
          <Empty icon={<IconChecks size={28} />} title={chosen === 'all' ? 'No changes' : 'No such items'}>
            {job.dryRun ? 'The plan has no items of this kind.' : 'Unchanged items are counted but not listed.'}
          </Empty>
        }
      />
      <ItemHistory dataSourceId={job.dataSourceId} item={opened} onClose={() => open(null)} />
    </Box>
  );
}

/** Failures are first, and in a plan the changes, because its unchanged items may be many. */
function firstChoice({ plan, counts }: Job, choices: readonly Choice[]): string {
  if (plan === null) return counts.failed > 0 ? 'failed' : 'all';
  return choices.find((choice) => choice.count > 0)?.value ?? 'all';
}

const outcomes = ['created', 'updated', 'removed', 'skipped', 'failed'] as const satisfies readonly Outcome[];

function outcomeChoices({ counts }: Job): Choice[] {
  return outcomes.map((outcome) => ({
    value: outcome,
    label: outcomeLabel(outcome),
    count: counts[outcome],
    filter: { outcome },
  }));
}

const actions = [
  'create',
  'update',
  'retry',
  'remove',
  'skip',
  'unchanged',
] as const satisfies readonly PlannedAction[];

function planChoices(plan: NonNullable<Job['plan']>): Choice[] {
  return actions.map((planned) => ({
    value: planned,
    label: plannedLabel(planned),
    count: plan[planned],
    filter: { planned },
  }));
}

function columns(open: (item: JobItem) => void, job: Job): Column<JobItem>[] {
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
            dir="auto"
            onClick={() => open(item)}
          >
            {item.path ?? item.name ?? item.externalId}
          </Anchor>
          {reasonOf(item) !== '' && <Reason item={item} />}
        </>
      ),
    },
    {
      title: 'Size',
      width: '90px',
      align: 'right',
      wideOnly: true,
      cell: ({ bytes: read, size }) => (read > 0 ? bytes(read) : size === null || size === 0 ? '–' : bytes(size)),
    },
    {
      title: job.dryRun ? 'Planned' : 'Result',
      width: '120px',
      cell: (item) => <ItemBadge item={item} isRunning={isRunning(job)} />,
    },
  ];
}

/** The reason, and the time of the next attempt if there is one. */
function Reason({ item }: { readonly item: JobItem }) {
  const { nextAttemptAt } = item;
  return (
    <Text size="xs" c="dimmed" truncate title={reasonOf(item)}>
      {nextAttemptAt !== null && (
        <Text span size="xs" fw={500}>
          Next attempt: <Time at={nextAttemptAt} due="with the next sync" /> ·{' '}
        </Text>
      )}
      {reasonOf(item)}
    </Text>
  );
}

function reasonOf({ errorMessage, notes }: JobItem): string {
  return errorMessage ?? notes.map(({ message }) => message).join(' ');
}
