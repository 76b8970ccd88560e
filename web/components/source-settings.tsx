import { Button, Card, Checkbox, Group, Stack, Switch, Text, TextInput, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { useDeleteSource, useDisconnect, useSourceTypes, useUpdateSource } from '../api/sources.ts';
import { usePlanSync } from '../api/jobs.ts';
import type { DataSource, SourceTypeDescription } from '../api/types.ts';
import { type Config, ConfigForm } from './config-form.tsx';
import { ConfirmButton } from './confirm-button.tsx';
import { FrequencyInput } from './frequency-input.tsx';
import { Notices } from './notices.tsx';
import { fieldError, Loading, ProblemAlert } from './status-views.tsx';
import { leaveSaved, useUnsaved } from './unsaved.ts';
import { plural } from '../format.ts';

/** Name, scope, frequency, real-time updates; disconnecting and deleting. */
export function SourceSettings({ source }: { readonly source: DataSource }) {
  const types = useSourceTypes();
  const type = types.data?.find((one) => one.sourceType === source.sourceType);
  if (type === undefined) return <Loading />;
  return (
    <Stack maw={680}>
      <Notices />
      <Settings source={source} type={type} />
      <DangerZone source={source} type={type} />
    </Stack>
  );
}

/**
 * What was changed in the form. Everything else is shown as it is now and is not sent, because somebody else may have
 * changed it meanwhile: another tab, the command line.
 */
type Edits = Partial<Pick<DataSource, 'name' | 'syncFrequency' | 'isActive' | 'changeNotificationsEnabled'>> & {
  readonly config?: Config;
};

function Settings({ source, type }: { readonly source: DataSource; readonly type: SourceTypeDescription }) {
  const [edits, setEdits] = useState<Edits>({});
  const edit = (change: Edits): void => setEdits({ ...edits, ...change });
  const shown = { ...source, ...edits };
  const { name, config, syncFrequency, isActive, changeNotificationsEnabled } = shown;
  useUnsaved(JSON.stringify(shown) !== JSON.stringify(source));
  const update = useUpdateSource();
  // The account is asked for its choices, also while a sync runs or after one has failed.
  const hasAccount = source.connectionStatus !== 'disconnected' && !source.needsSignIn;
  const chooseFrom = type.signIn === null ? { sourceType: source.sourceType } : hasAccount ? { id: source.id } : null;
  const plan = usePlanSync();
  const hasSynced = source.lastSyncAt !== null && source.connectionStatus !== 'disconnected';
  const showSaved = (): void => void notifications.show({ message: 'Saved' });
  const showPlan = (): void => {
    notifications.show({ message: 'Saved. Nothing is removed yet: this plan shows what changes.' });
    plan.mutate({ dataSourceId: source.id, jobType: 'full_sync' });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const { config: _scope, changeNotificationsEnabled: _realTime, ...others } = edits;
    // A changed config makes the next sync list everything, so it is sent only when it differs.
    const scope = JSON.stringify(config) === JSON.stringify(source.config) ? {} : { config: { ...config } };
    // Sending it again would subscribe at the vendor again.
    const realTime =
      changeNotificationsEnabled === source.changeNotificationsEnabled ? {} : { changeNotificationsEnabled };
    update.mutate(
      { id: source.id, ...others, ...scope, ...realTime },
      {
        onSuccess: (saved) => {
          setEdits({});
          if (saved.configChangedAt !== null && hasSynced) showPlan();
          else showSaved();
        },
      },
    );
  };
  return (
    <Card withBorder radius="md" component="form" onSubmit={submit}>
      <Stack gap="lg">
        <TextInput
          label="Name"
          value={name}
          onChange={(event) => edit({ name: event.currentTarget.value })}
          error={fieldError(update.error, 'name')}
          required
        />
        <ConfigForm
          schema={type.configSchema}
          choiceFields={type.choiceFields}
          chooseFrom={chooseFrom}
          value={config}
          onChange={(changed) => edit({ config: changed })}
          error={update.error}
        />
        <FrequencyInput value={syncFrequency} onChange={(changed) => edit({ syncFrequency: changed })} />
        <Switch
          label="Active"
          description="While inactive, the source is not synced and its schedules are paused."
          checked={isActive}
          onChange={(event) => edit({ isActive: event.currentTarget.checked })}
        />
        {type.changeNotifications !== null && (
          <ChangeNotificationsSwitch
            source={source}
            label={type.label}
            problem={type.changeNotifications.problem}
            checked={changeNotificationsEnabled}
            onChange={(changed) => edit({ changeNotificationsEnabled: changed })}
            error={fieldError(update.error, 'changeNotificationsEnabled')}
          />
        )}
        <ProblemAlert error={update.error} title="Could not save" />
        <ProblemAlert error={plan.error} title="Saved, but the plan could not be started" />
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
  readonly label: string;
  readonly problem: string | null;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly error: string | undefined;
}

/** Change notifications of the vendor start a sync soon after a change; the sync frequency applies as well. */
function ChangeNotificationsSwitch({
  source,
  label,
  problem,
  checked,
  onChange,
  error,
}: ChangeNotificationsSwitchProps) {
  return (
    <div>
      <Switch
        label="Real-time updates"
        description={`Syncs within about a minute of a change. Headwater subscribes to change notifications of ${label} on your behalf.`}
        checked={checked}
        onChange={(event) => onChange(event.currentTarget.checked)}
        disabled={problem !== null && !checked}
        error={error}
      />
      <Text size="sm" c="dimmed" mt={6} pl={50} aria-live="polite">
        {problem !== null && !source.changeNotificationsEnabled ? problem : changeNotificationsStatus(source)}
      </Text>
    </div>
  );
}

function changeNotificationsStatus({
  changeNotificationsEnabled,
  changeNotificationsActive,
  changeNotificationsError,
  needsSignIn,
  connectionStatus,
}: DataSource): string {
  if (!changeNotificationsEnabled) return '';
  if (needsSignIn || connectionStatus === 'disconnected') return 'Starts once you sign in.';
  if (changeNotificationsError !== null)
    return `Not receiving notifications: ${changeNotificationsError} The sync frequency still applies.`;
  return changeNotificationsActive ? 'Receiving change notifications.' : 'Subscribing…';
}

function whatStays({ signIn, receivesFiles, label }: SourceTypeDescription): string {
  if (receivesFiles) return 'The uploaded files are deleted with it.';
  return signIn === null ? 'Nothing changes at the source itself.' : `Nothing changes at ${label}.`;
}

function DangerZone({ source, type }: { readonly source: DataSource; readonly type: SourceTypeDescription }) {
  const [keepDocuments, setKeep] = useState(false);
  const disconnect = useDisconnect();
  const remove = useDeleteSource();
  const [, go] = useLocation();
  return (
    <Card withBorder radius="md" component="section" aria-label="Danger zone">
      <Title order={2} size="h5" mb="sm">
        Danger zone
      </Title>
      <Group gap="xs">
        {type.signIn !== null && source.connectionStatus !== 'disconnected' && (
          <ConfirmButton
            label="Disconnect account"
            verb="Disconnect"
            question={`Disconnect ${source.accountLabel ?? source.name}?`}
            action={disconnect}
            onConfirm={(close) => disconnect.mutate(source.id, { onSuccess: close })}
          >
            <Text size="sm">
              The access is revoked at {type.label} and the tokens are deleted. The source stops syncing until you
              connect it again; its documents stay searchable.
            </Text>
          </ConfirmButton>
        )}
        <ConfirmButton
          label="Delete source"
          question={`Delete ${source.name}?`}
          action={remove}
          onConfirm={() =>
            remove.mutate({ id: source.id, keepDocuments }, { onSuccess: () => leaveSaved(() => go('/sources')) })
          }
        >
          <Text size="sm">
            Deletes the source with its {plural(source.totalItemsSynced, 'item')}, documents, vectors, syncs and
            schedules{type.signIn === null ? '' : ', and the sign-in'}. {whatStays(type)} This cannot be undone.
          </Text>
          <Checkbox
            label="Keep its documents searchable"
            checked={keepDocuments}
            onChange={(event) => setKeep(event.currentTarget.checked)}
          />
        </ConfirmButton>
      </Group>
    </Card>
  );
}
