import { Button, Card, Code, Group, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useCollections } from '../api/collections.ts';
import { serverNow } from '../api/connection.ts';
import { type ApiKey, useApiKeys, useRevokeApiKey } from '../api/keys.ts';
import { useSources } from '../api/sources.ts';
import { KeyBadge, type KeyState, keyStates } from '../components/badges.tsx';
import { ConfirmButton } from '../components/confirm-button.tsx';
import { KeyForm, scopeLabel } from '../components/key-form.tsx';
import { Page } from '../components/page.tsx';
import { SecretDialog } from '../components/secret-once.tsx';
import { Empty, NotLoaded } from '../components/status-views.tsx';
import { Time } from '../components/time.tsx';

/** The viewer’s keys for programs and assistants. */
export function KeysPage() {
  const keys = useApiKeys();
  const { data } = keys;
  const [isAdding, { open, close }] = useDisclosure(false);
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
      Create a key
    </Button>
  );
  return (
    <Page title="API keys" actions={add}>
      <NotLoaded query={keys} />
      {data?.length === 0 && (
        <Empty icon={<IconKey size={28} />} title="No API keys yet" action={add}>
          Programs and assistants use your documents with a key of their own, which you can limit and revoke.
        </Empty>
      )}
      <Stack gap="sm">
        {sorted(data ?? []).map((key) => (
          <KeyCard key={key.id} apiKey={key} />
        ))}
      </Stack>
      {isAdding && (
        <SecretDialog
          title="Create a key"
          titleAfter="Key created"
          close={close}
          form={(onSecret) => <KeyForm onCreated={onSecret} />}
          label="API key"
        >
          Programs send it as <Code>Authorization: Bearer hw_…</Code>, to the API and to <Code>/mcp</Code>. Copy it now:
          it is not shown again. If it is lost, create another and revoke this one.
        </SecretDialog>
      )}
    </Page>
  );
}

function stateOf({ revokedAt, expiresAt }: ApiKey): KeyState {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && Date.parse(expiresAt) <= serverNow() ? 'expired' : 'active';
}

/** Keys that work come first, each group from new to old. */
function sorted(keys: readonly ApiKey[]): ApiKey[] {
  const rank = (key: ApiKey): number => keyStates.indexOf(stateOf(key));
  return keys.toReversed().toSorted((a, b) => rank(a) - rank(b));
}

function KeyCard({ apiKey }: { readonly apiKey: ApiKey }) {
  const { id, name, hint, scope, expiresAt, lastUsedAt, revokedAt, createdAt } = apiKey;
  const state = stateOf(apiKey);
  const revoke = useRevokeApiKey();
  return (
    <Card withBorder radius="md" component="section" aria-label={name}>
      <Group justify="space-between" align="flex-start">
        <div style={{ minWidth: 0, flex: '1 1 240px' }}>
          <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
            {name}
          </Text>
          <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            <Code>{hint}…</Code> · {scopeLabel(scope)} · <Limits apiKey={apiKey} />
          </Text>
          <Text size="sm" c="dimmed">
            Created <Time at={createdAt} /> · Last used <Time at={lastUsedAt} none="never" />
            {revokedAt === null ? (
              <>
                {' · '}Expires <Time at={expiresAt} none="never" />
              </>
            ) : (
              <>
                {' · '}Revoked <Time at={revokedAt} />
              </>
            )}
          </Text>
        </div>
        <Group gap="sm" wrap="nowrap" style={{ flexShrink: 0 }}>
          <KeyBadge state={state} />
          {state !== 'revoked' && (
            <ConfirmButton
              label="Revoke"
              question={`Revoke “${name}”?`}
              verb="Revoke"
              action={revoke}
              onConfirm={(close) => revoke.mutate(id, { onSuccess: close })}
            >
              <Text size="sm">
                Programs that use it are rejected at once, and it cannot be restored. The list still shows it.
              </Text>
            </ConfirmButton>
          )}
        </Group>
      </Group>
    </Card>
  );
}

/** Which sources and projects a key is limited to, by name. */
function Limits({ apiKey: { dataSourceIds, projectIds } }: { readonly apiKey: ApiKey }) {
  const sources = useSources().data ?? [];
  const projects = useCollections('project').data ?? [];
  if (dataSourceIds === null && projectIds === null) return <>everything</>;
  const names = [
    ...(dataSourceIds ?? []).map((id) => sources.find((source) => source.id === id)?.name ?? 'a deleted source'),
    ...(projectIds ?? []).map((id) => projects.find((project) => project.id === id)?.name ?? 'a deleted project'),
  ];
  return <>{names.join(', ')}</>;
}
