import { ActionIcon, Anchor, Card, Group, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'wouter';
import type { DataSource } from '../api/types.ts';

interface Step {
  readonly title: string;
  readonly isDone: boolean;
  /** The address at which the step is done. */
  readonly to: string;
  readonly detail: string;
  /** Outside of this page: the reference of the API. */
  readonly isReference?: boolean;
}

/** Remembered by this browser: they are a help, not data. */
const dismissedKey = 'headwater.first-steps.dismissed';
const searchedKey = 'headwater.searched';

/** The search page calls this when something was searched. */
export function rememberSearch(): void {
  localStorage.setItem(searchedKey, 'yes');
}

/** Lists the first steps with a new installation. It disappears when all are done, or when it is dismissed. */
export function FirstSteps({ sources }: { readonly sources: readonly DataSource[] }) {
  const [isDismissed, dismiss] = useState(() => localStorage.getItem(dismissedKey) !== null);
  const steps = stepsFor(sources);
  const done = steps.filter((step) => step.isDone).length;
  if (isDismissed || steps.every((step) => step.isDone || step.isReference === true)) return null;
  return (
    <Card withBorder radius="md" component="section" aria-labelledby="first-steps">
      <Group justify="space-between" mb="sm" wrap="nowrap">
        <Title order={2} size="h4" id="first-steps">
          First steps
        </Title>
        <Group gap="xs" wrap="nowrap">
          <Text size="sm" c="dimmed">
            {done} of {steps.length}
          </Text>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label="Dismiss the first steps"
            onClick={() => {
              localStorage.setItem(dismissedKey, 'yes');
              dismiss(true);
            }}
          >
            <IconX size={16} />
          </ActionIcon>
        </Group>
      </Group>
      <Stack gap="sm" component="ol" p={0} m={0} style={{ listStyle: 'none' }}>
        {steps.map((step) => (
          <StepLine key={step.title} step={step} />
        ))}
      </Stack>
    </Card>
  );
}

function StepLine({ step: { title, isDone, to, detail, isReference } }: { readonly step: Step }) {
  const link = isReference === true ? { href: to } : { component: Link, href: to };
  return (
    <Group component="li" gap="sm" wrap="nowrap" align="flex-start">
      <ThemeIcon size={22} radius="xl" variant={isDone ? 'filled' : 'default'} aria-hidden mt={1}>
        {isDone && <IconCheck size={14} />}
      </ThemeIcon>
      <div>
        <Anchor {...link} size="sm" fw={600}>
          {title}
          {isDone && ' (done)'}
        </Anchor>
        <Text size="sm" c="dimmed">
          {detail}
        </Text>
      </div>
    </Group>
  );
}

function stepsFor(sources: readonly DataSource[]): Step[] {
  const [first] = sources;
  const source = first === undefined ? '/sources/new' : `/sources/${first.id}`;
  return [
    {
      title: 'Add a source',
      isDone: sources.length > 0,
      to: '/sources/new',
      detail: 'A drive, a mailbox, a workspace or a folder.',
    },
    {
      title: 'Choose what to sync',
      isDone: sources.some((one) => Object.keys(one.config).length > 0),
      to: `${source}?tab=settings`,
      detail: 'Folders, channels, labels and file types. Leave it as it is to sync everything.',
    },
    {
      title: 'Run the first sync',
      isDone: sources.some((one) => one.lastSyncAt !== null),
      to: source,
      detail: 'A plan shows what it would do before anything is downloaded.',
    },
    {
      title: 'Keep it up to date',
      isDone: sources.some((one) => one.syncFrequency !== 'manual' || one.changeNotificationsEnabled),
      to: `${source}?tab=settings`,
      detail: 'Set a sync frequency, or turn on real-time updates.',
    },
    {
      title: 'Search your documents',
      isDone: localStorage.getItem(searchedKey) !== null,
      to: '/search',
      detail: 'By meaning and by words, with links to the source.',
    },
    {
      title: 'Use it from a program',
      isDone: false,
      isReference: true,
      to: '/docs',
      detail: 'The reference of the API, also for assistants that use MCP.',
    },
  ];
}
