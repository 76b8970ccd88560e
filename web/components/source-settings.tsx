import { Button, Card, Checkbox, Group, Stack, Switch, Text, TextInput, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { useDeleteSource, useDisconnect, useSourceTypes, useUpdateSource } from '../api/queries.ts';
import type { DataSource, SourceTypeDescription } from '../api/types.ts';
import { type Config, ConfigForm } from './config-form.tsx';
import { DeleteButton } from './delete-button.tsx';
import { FrequencyInput } from './frequency-input.tsx';
import { fieldError, Loading, ProblemAlert } from './status-views.tsx';

/** Name, scope, frequency, hints of the vendor; disconnecting and deleting. */
export function SourceSettings({ source }: { readonly source: DataSource }) {
  const types = useSourceTypes();
  const type = types.data?.find((one) => one.sourceType === source.sourceType);
  if (type === undefined) return <Loading />;
  return (
    <Stack maw={680}>
      <Settings source={source} type={type} />
      <EndCard source={source} type={type} />
    </Stack>
  );
}

function Settings({ source, type }: { readonly source: DataSource; readonly type: SourceTypeDescription }) {
  const [name, setName] = useState(source.name);
  const [config, setConfig] = useState<Config>(source.config);
  const [syncFrequency, setFrequency] = useState(source.syncFrequency);
  const [isActive, setActive] = useState(source.isActive);
  const [changeNotificationsEnabled, setChangeNotifications] = useState(source.changeNotificationsEnabled);
  const update = useUpdateSource();
  const chooseFrom =
    type.signIn === null
      ? { sourceType: source.sourceType }
      : source.connectionStatus === 'connected'
        ? { id: source.id }
        : null;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    // Another config makes the next sync list everything: it is sent only where it has changed.
    const scope = JSON.stringify(config) === JSON.stringify(source.config) ? {} : { config: { ...config } };
    // Said again, it would be asked for at the vendor again.
    const push = changeNotificationsEnabled === source.changeNotificationsEnabled ? {} : { changeNotificationsEnabled };
    update.mutate(
      { id: source.id, name, syncFrequency, isActive, ...scope, ...push },
      { onSuccess: () => notifications.show({ message: 'Saved.' }) },
    );
  };
  return (
    <Card withBorder radius="md" component="form" onSubmit={submit}>
      <Stack gap="lg">
        <TextInput
          label="Name"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fieldError(update.error, 'name')}
          required
        />
        <ConfigForm
          schema={type.configSchema}
          choiceFields={type.choiceFields}
          chooseFrom={chooseFrom}
          value={config}
          onChange={setConfig}
          error={update.error}
        />
        <FrequencyInput value={syncFrequency} onChange={setFrequency} />
        <Switch
          label="Switched on"
          description="Switched off, it is not synced and its schedules rest."
          checked={isActive}
          onChange={(event) => setActive(event.currentTarget.checked)}
        />
        {type.push !== null && (
          <ChangeNotificationsSwitch
            source={source}
            problem={type.push.problem}
            checked={changeNotificationsEnabled}
            onChange={setChangeNotifications}
            error={fieldError(update.error, 'changeNotificationsEnabled')}
          />
        )}
        <ProblemAlert error={update.error} />
        <Group>
          <Button type="submit" loading={update.isPending}>
            Save
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}

interface ChangeNotificationsSwitchProps {
  readonly source: DataSource;
  readonly problem: string | null;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly error: string | undefined;
}

/** What the vendor tells is a hint: the source is synced soon after it, and by its frequency all the same. */
function ChangeNotificationsSwitch({ source, problem, checked, onChange, error }: ChangeNotificationsSwitchProps) {
  return (
    <div>
      <Switch
        label="Let the vendor tell of changes"
        description="A sync then follows within a minute or so. For this a subscription is made there in your name; nothing else is changed."
        checked={checked}
        onChange={(event) => onChange(event.currentTarget.checked)}
        disabled={problem !== null && !checked}
        error={error}
      />
      <Text size="sm" c="dimmed" mt={6} pl={50} aria-live="polite">
        {problem !== null && !source.changeNotificationsEnabled ? problem : changeNotificationsText(source)}
      </Text>
    </div>
  );
}

function changeNotificationsText({
  changeNotificationsEnabled,
  changeNotificationsActive,
  changeNotificationsError,
  needsSignIn,
  connectionStatus,
}: DataSource): string {
  if (!changeNotificationsEnabled) return '';
  if (needsSignIn || connectionStatus === 'disconnected') return 'It waits for a sign-in.';
  if (changeNotificationsError !== null)
    return `The vendor does not tell: ${changeNotificationsError} The source is synced by its frequency.`;
  return changeNotificationsActive ? 'The vendor tells of changes.' : 'It is being asked for at the vendor.';
}

function EndCard({ source, type }: { readonly source: DataSource; readonly type: SourceTypeDescription }) {
  const [keepDocuments, setKeep] = useState(false);
  const disconnect = useDisconnect();
  const remove = useDeleteSource();
  const [, go] = useLocation();
  return (
    <Card withBorder radius="md" component="section" aria-label="Ending">
      <Title order={2} size="h5" mb="sm">
        Ending it
      </Title>
      <Group gap="xs">
        {type.signIn !== null && source.connectionStatus !== 'disconnected' && (
          <Button variant="default" loading={disconnect.isPending} onClick={() => disconnect.mutate(source.id)}>
            Disconnect the account
          </Button>
        )}
        <DeleteButton
          label="Delete the source"
          question={`Delete ${source.name}?`}
          removal={remove}
          onDelete={() => remove.mutate({ id: source.id, keepDocuments }, { onSuccess: () => go('/sources') })}
        >
          <Text size="sm">
            Its jobs, schedules and sign-in go, and its documents with their vectors. Nothing changes at the source
            itself.
          </Text>
          <Checkbox
            label="Keep its documents searchable"
            checked={keepDocuments}
            onChange={(event) => setKeep(event.currentTarget.checked)}
          />
        </DeleteButton>
      </Group>
      <ProblemAlert error={disconnect.error} />
    </Card>
  );
}
