import { Alert, Button, Card, Group, Radio, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useId, useState } from 'react';
import { useLocation } from 'wouter';
import { usePlanSync } from '../api/jobs.ts';
import { useCreateSource, useSourceTypes } from '../api/sources.ts';
import type { SourceTypeDescription } from '../api/types.ts';
import { AddSteps } from '../components/add-steps.tsx';
import { type Config, ConfigForm } from '../components/config-form.tsx';
import { Page } from '../components/page.tsx';
import { SourceIcon } from '../components/source-icon.tsx';
import { fieldError, Loading, ProblemAlert } from '../components/status-views.tsx';
import { leaveSaved, mayLeave, useUnsaved } from '../components/unsaved.ts';

/** The first step: the type of source and its name. A source without sign-in is configured right here. */
export function AddSourcePage() {
  const types = useSourceTypes();
  const [type, setType] = useState<SourceTypeDescription | null>(null);
  return (
    <Page title="Add a source" above={[{ title: 'Sources', to: '/sources' }]}>
      <AddSteps at={0} type={type} />
      {types.isPending && <Loading />}
      <ProblemAlert error={types.error} title="Could not load the source types" />
      <Radio.Group
        name="source-type"
        aria-label="Source type"
        value={type?.sourceType ?? ''}
        onChange={(chosen) => mayLeave() && setType(types.data?.find((one) => one.sourceType === chosen) ?? null)}
      >
        <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
          {types.data?.map((one, at) => (
            <TypeCard
              key={one.sourceType}
              type={one}
              isChosen={type === one}
              // Tab stops once in the group, at what is chosen; the arrow keys move within it.
              isTabStop={type === null ? at === 0 : type === one}
            />
          ))}
        </SimpleGrid>
      </Radio.Group>
      {type !== null && <Details key={type.sourceType} type={type} />}
    </Page>
  );
}

interface TypeCardProps {
  readonly type: SourceTypeDescription;
  readonly isChosen: boolean;
  readonly isTabStop: boolean;
}

function TypeCard({ type: { sourceType, label, description }, isChosen, isTabStop }: TypeCardProps) {
  const id = useId();
  return (
    <Radio.Card
      value={sourceType}
      aria-label={label}
      aria-describedby={id}
      tabIndex={isTabStop ? 0 : -1}
      p="md"
      radius="md"
      bg="var(--mantine-color-body)"
      // Cards of a row are as high as the highest; a button would center what is in it.
      style={{ display: 'flex', alignItems: 'flex-start' }}
      {...(isChosen ? { bd: '2px solid teal.7' } : {})}
    >
      <Group wrap="nowrap" align="flex-start" gap="sm">
        <SourceIcon type={sourceType} size={40} />
        <div>
          <Text fw={600} size="sm">
            {label}
          </Text>
          <Text size="xs" c="dimmed" id={id}>
            {description}
          </Text>
        </div>
      </Group>
    </Radio.Card>
  );
}

function Details({ type }: { readonly type: SourceTypeDescription }) {
  const [, go] = useLocation();
  const create = useCreateSource();
  const plan = usePlanSync();
  const [name, setName] = useState(type.label);
  const [config, setConfig] = useState<Config>({});
  const needsSignIn = type.signIn !== null;
  useUnsaved(name !== type.label || Object.keys(config).length > 0);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    create.mutate(
      { name, sourceType: type.sourceType, config },
      {
        onSuccess: ({ id }) => {
          if (type.receivesFiles) {
            leaveSaved(() => go(`/sources/${id}`));
            return;
          }
          leaveSaved(() => go(`/sources/${id}/${needsSignIn ? 'connect' : 'plan'}`));
          if (!needsSignIn) plan.mutate({ dataSourceId: id });
        },
      },
    );
  };
  return (
    <Card withBorder radius="md" mt="lg" component="form" onSubmit={submit}>
      <Stack gap="lg" maw={640}>
        <TextInput
          label="Name"
          description="Shown in lists and search results"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fieldError(create.error, 'name')}
          required
          data-autofocus
        />
        {!needsSignIn && !type.receivesFiles && (
          <ConfigForm
            schema={type.configSchema}
            choiceFields={type.choiceFields}
            chooseFrom={{ sourceType: type.sourceType }}
            value={config}
            onChange={setConfig}
            error={create.error}
          />
        )}
        {type.signIn?.isConfigured === false && (
          <Alert color="yellow">
            Sign-in with {type.label} is not set up on this server.{' '}
            {type.signIn.composio
              ? 'In the next step you can connect through Composio or paste an access token.'
              : 'In the next step you can paste an access token.'}
          </Alert>
        )}
        <ProblemAlert error={create.error} title="Could not add the source" />
        <Group>
          <Button type="submit" loading={create.isPending}>
            {type.receivesFiles ? 'Add, then upload' : 'Continue'}
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}
