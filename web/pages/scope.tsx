import { Alert, Button, Card, Group, Stack, Text } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { usePlanSync } from '../api/jobs.ts';
import { useUpdateSource } from '../api/sources.ts';
import type { DataSource, SourceTypeDescription } from '../api/types.ts';
import { AddSteps } from '../components/add-steps.tsx';
import { ConfigForm } from '../components/config-form.tsx';
import { FrequencyInput } from '../components/frequency-input.tsx';
import { OfSource } from '../components/of-source.tsx';
import { Page } from '../components/page.tsx';
import { ProblemAlert } from '../components/status-views.tsx';
import { useUnsaved } from '../components/unsaved.ts';

/** Selects what to sync from the account, and how often. */
export function ScopePage({ id }: { readonly id: string }) {
  return (
    <OfSource id={id}>
      {(source, type) => (
        <Page title={`What to sync from ${source.name}`} above={[{ title: 'Sources', to: '/sources' }]}>
          <AddSteps at={2} />
          <Scope source={source} type={type} />
        </Page>
      )}
    </OfSource>
  );
}

type Edits = Partial<Pick<DataSource, 'config' | 'syncFrequency'>>;

function Scope({ source, type }: { readonly source: DataSource; readonly type: SourceTypeDescription }) {
  // Only what was changed here is sent, because another tab or the command line may have changed the rest meanwhile.
  const [edits, setEdits] = useState<Edits>({});
  const shown = { ...source, ...edits };
  const { config, syncFrequency } = shown;
  useUnsaved(JSON.stringify(shown) !== JSON.stringify(source));
  const update = useUpdateSource();
  const plan = usePlanSync();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    update.mutate(
      { id: source.id, ...edits },
      {
        onSuccess: () => {
          setEdits({});
          plan.mutate({ dataSourceId: source.id });
        },
      },
    );
  };
  return (
    <Stack maw={640} component="form" onSubmit={submit}>
      {source.accountLabel !== null && (
        <Alert color="teal">
          Connected as <b>{source.accountLabel}</b>.
        </Alert>
      )}
      <Card withBorder radius="md">
        <ConfigForm
          schema={type.configSchema}
          choiceFields={type.choiceFields}
          chooseFrom={{ id: source.id }}
          value={config}
          onChange={(changed) => setEdits({ ...edits, config: { ...changed } })}
          error={update.error}
        />
      </Card>
      <Card withBorder radius="md">
        <FrequencyInput value={syncFrequency} onChange={(changed) => setEdits({ ...edits, syncFrequency: changed })} />
      </Card>
      <ProblemAlert error={update.error} title="Could not save" />
      <ProblemAlert error={plan.error} title="Could not create a plan" />
      <Group>
        <Button type="submit" loading={update.isPending || plan.isPending}>
          Continue
        </Button>
        <Text size="sm" c="dimmed">
          Next you see what a sync would do. Nothing is synced before that.
        </Text>
      </Group>
    </Stack>
  );
}
