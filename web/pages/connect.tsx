import { Alert, Button, Card, Collapse, Group, Stack, Text, Textarea } from '@mantine/core';
import { IconPlugConnected } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { useConnect, usePasteToken } from '../api/sources.ts';
import type { DataSource, SourceTypeDescription } from '../api/types.ts';
import { AddSteps } from '../components/add-steps.tsx';
import { OfSource } from '../components/of-source.tsx';
import { Page } from '../components/page.tsx';
import { fieldError, ProblemAlert } from '../components/status-views.tsx';
import { leaveSaved, useUnsaved } from '../components/unsaved.ts';

/** Connecting an account: by the vendor’s consent screen, through Composio, or with an access token. */
export function ConnectPage({ id }: { readonly id: string }) {
  return <OfSource id={id}>{({ name }, type) => <Ways id={id} name={name} type={type} />}</OfSource>;
}

interface WaysProps {
  readonly id: string;
  readonly name: string;
  readonly type: SourceTypeDescription;
}

function Ways({ id, name, type }: WaysProps) {
  const [search] = useSearchParams();
  const problem = search.get('problem');
  const connect = useConnect();
  const isConfigured = type.signIn?.isConfigured !== false;
  const hasComposio = type.signIn?.composio === true;
  const isGoing = (provider: DataSource['connectionProvider']): boolean =>
    connect.variables?.connectionProvider === provider && (connect.isPending || connect.isSuccess);
  return (
    <Page title={`Connect ${name}`} above={[{ title: 'Sources', to: '/sources' }]}>
      <AddSteps at={1} />
      <Stack maw={640}>
        {problem !== null && (
          <Alert color="red" role="alert" title="Sign-in failed">
            {problemTexts[problem] ?? `${type.label} answered with an error (${problem}). Try again.`}
          </Alert>
        )}
        <Card withBorder radius="md">
          <Text mb="md">
            {type.label} asks you to allow read access. Headwater never changes anything there, and you can revoke the
            access at any time.
          </Text>
          <Group>
            <Button
              leftSection={<IconPlugConnected size={16} aria-hidden />}
              disabled={!isConfigured}
              loading={isGoing('oauth')}
              onClick={() => connect.mutate({ id, connectionProvider: 'oauth' })}
            >
              Sign in with {accountOf(type)}
            </Button>
            {hasComposio && (
              <Button
                variant={isConfigured ? 'default' : 'filled'}
                loading={isGoing('composio')}
                onClick={() => connect.mutate({ id, connectionProvider: 'composio' })}
              >
                Connect through Composio
              </Button>
            )}
          </Group>
          {hasComposio && (
            <Text size="sm" c="dimmed" mt="sm">
              With Composio, Composio asks for your consent and stores the tokens; Headwater stores none.
            </Text>
          )}
          <ProblemAlert error={connect.error} title="Could not open the sign-in" />
        </Card>
        <PasteToken id={id} isOpenAtFirst={!isConfigured && !hasComposio} />
      </Stack>
    </Page>
  );
}

/** The names of accounts that differ from the source's name. */
const accounts: Readonly<Record<string, string>> = { google: 'Google', microsoft: 'Microsoft' };

function accountOf({ label, signIn }: SourceTypeDescription): string {
  return accounts[signIn?.vendor ?? ''] ?? label;
}

const problemTexts: Readonly<Record<string, string>> = {
  access_denied: 'You declined the request, so nothing was connected. You can try again.',
  state_unknown: 'This sign-in expired after ten minutes or was already completed. Start again.',
  insufficient_scope: 'A permission that syncing needs was not granted. Sign in again and leave all boxes checked.',
};

function PasteToken({ id, isOpenAtFirst }: { readonly id: string; readonly isOpenAtFirst: boolean }) {
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  const [accessToken, setAccessToken] = useState('');
  const [refreshToken, setRefreshToken] = useState('');
  const paste = usePasteToken(id);
  useUnsaved(accessToken !== '' || refreshToken !== '');
  const [, go] = useLocation();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const body = {
      accessToken: accessToken.trim(),
      ...(refreshToken.trim() === '' ? {} : { refreshToken: refreshToken.trim() }),
    };
    paste.mutate(body, { onSuccess: () => leaveSaved(() => go(`/sources/${id}/connected`)) });
  };
  return (
    <div>
      <Button variant="subtle" size="sm" onClick={() => setOpen(!isOpen)} aria-expanded={isOpen}>
        Use an access token instead
      </Button>
      <Collapse expanded={isOpen}>
        <Card withBorder radius="md" mt="xs" component="form" onSubmit={submit}>
          <Stack>
            <Textarea
              label="Access token"
              value={accessToken}
              onChange={(event) => setAccessToken(event.currentTarget.value)}
              error={fieldError(paste.error, 'accessToken')}
              required
              autoComplete="off"
              spellCheck={false}
            />
            <Textarea
              label="Refresh token"
              description="Optional. Without it you have to connect again when the access token expires."
              value={refreshToken}
              onChange={(event) => setRefreshToken(event.currentTarget.value)}
              error={fieldError(paste.error, 'refreshToken')}
              autoComplete="off"
              spellCheck={false}
            />
            <ProblemAlert error={paste.error} title="Could not connect" />
            <Group>
              <Button type="submit" loading={paste.isPending}>
                Connect
              </Button>
            </Group>
          </Stack>
        </Card>
      </Collapse>
    </div>
  );
}
