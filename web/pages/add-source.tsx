import { Alert, Button, Card, Group, SimpleGrid, Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { usePlanSync } from '../api/jobs.ts';
import { useCreateSource, useSourceTypes } from '../api/sources.ts';
import type { SourceTypeDescription } from '../api/types.ts';
import { AddSteps } from '../components/add-steps.tsx';
import { type Config, ConfigForm } from '../components/config-form.tsx';
import { Page } from '../components/page.tsx';
import { SourceIcon } from '../components/source-icon.tsx';
import { fieldError, Loading, ProblemAlert } from '../components/status-views.tsx';

/** The first step: the type of source and its name. A source without sign-in is configured right here. */
export function AddSourcePage() {
  const types = useSourceTypes();
  const [type, setType] = useState<SourceTypeDescription | null>(null);
  return (
    <Page title="Add a source" above={[{ title: 'Sources', to: '/sources' }]}>
      <AddSteps at={0} />
      {types.isPending && <Loading />}
      <ProblemAlert error={types.error} title="Could not load the source types" />
      <SimpleGrid cols={{ base: 2, sm: 3, md: 5 }} spacing="sm" role="radiogroup" aria-label="Source type">
        {types.data?.map((one) => (
          <UnstyledButton key={one.sourceType} role="radio" aria-checked={type === one} onClick={() => setType(one)}>
            <Card withBorder radius="md" padding="md" {...(type === one ? { bd: '2px solid teal.7' } : {})}>
              <Stack align="center" gap="xs">
                <SourceIcon type={one.sourceType} size={44} />
                <Text fw={600} size="sm">
                  {one.label}
                </Text>
              </Stack>
            </Card>
          </UnstyledButton>
        ))}
      </SimpleGrid>
      {type !== null && <Details key={type.sourceType} type={type} />}
    </Page>
  );
}

function Details({ type }: { readonly type: SourceTypeDescription }) {
  const [, go] = useLocation();
  const create = useCreateSource();
  const plan = usePlanSync();
  const [name, setName] = useState(type.label);
  const [config, setConfig] = useState<Config>({});
  const needsSignIn = type.signIn !== null;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    create.mutate(
      { name, sourceType: type.sourceType, config },
      {
        onSuccess: ({ id }) => {
          go(`/sources/${id}/${needsSignIn ? 'connect' : 'plan'}`);
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
        {!needsSignIn && (
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
            Continue
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}
