import { Alert, Button, Card, Group, SimpleGrid, Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { useCreateSource, useSourceTypes } from '../api/queries.ts';
import type { SourceTypeDescription } from '../api/types.ts';
import { AddSteps } from '../components/add-steps.tsx';
import { type Config, ConfigForm } from '../components/config-form.tsx';
import { Page } from '../components/page.tsx';
import { SourceIcon } from '../components/source-icon.tsx';
import { fieldError, Loading, ProblemAlert } from '../components/status-views.tsx';

/** The first step: what kind of source, and what it is called. A folder is chosen right here, it needs no sign-in. */
export function AddSourcePage() {
  const types = useSourceTypes();
  const [type, setType] = useState<SourceTypeDescription | null>(null);
  return (
    <Page title="Add a source" above={[{ title: 'Sources', to: '/sources' }]}>
      <AddSteps at={0} />
      {types.isPending && <Loading />}
      <ProblemAlert error={types.error} />
      <SimpleGrid cols={{ base: 2, sm: 3, md: 5 }} spacing="sm" role="radiogroup" aria-label="Type of source">
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
  const [name, setName] = useState(type.label);
  const [config, setConfig] = useState<Config>({});
  const needsSignIn = type.signIn !== null;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    create.mutate(
      { name, sourceType: type.sourceType, config },
      { onSuccess: ({ id }) => go(`/sources/${id}/${needsSignIn ? 'connect' : 'plan'}`) },
    );
  };
  return (
    <Card withBorder radius="md" mt="lg" component="form" onSubmit={submit}>
      <Stack gap="lg" maw={640}>
        <TextInput
          label="Name"
          description="As it is shown here"
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
            Signing in at {type.label} is not set up in this installation (see its page in the docs).{' '}
            {type.signIn.composio
              ? 'In the next step it can be connected through Composio, or a token from elsewhere be pasted.'
              : 'A token from elsewhere can be pasted in the next step.'}
          </Alert>
        )}
        <ProblemAlert error={create.error} />
        <Group>
          <Button type="submit" loading={create.isPending}>
            Continue
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}
