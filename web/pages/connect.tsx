import { Alert, Button, Card, Collapse, Group, Stack, Text, Textarea } from '@mantine/core';
import { IconPlugConnected } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { useConnect, usePasteToken, useSource, useSourceTypes } from '../api/queries.ts';
import type { DataSource } from '../api/types.ts';
import { AddSteps } from '../components/add-steps.tsx';
import { Page } from '../components/page.tsx';
import { fieldError, Loading, ProblemAlert } from '../components/status-views.tsx';

/** Signing in at the vendor: by its consent page, or by a token from elsewhere. */
export function ConnectPage({ id }: { readonly id: string }) {
  const { source, isPending } = useSource(id);
  const types = useSourceTypes();
  const [search] = useSearchParams();
  const problem = search.get('problem');
  const type = types.data?.find((one) => one.sourceType === source?.sourceType);
  const connect = useConnect();
  if (isPending || type === undefined) return <Loading />;
  const isConfigured = type.signIn?.isConfigured !== false;
  const hasComposio = type.signIn?.composio === true;
  const isGoing = (provider: DataSource['connectionProvider']): boolean =>
    connect.variables?.connectionProvider === provider && (connect.isPending || connect.isSuccess);
  return (
    <Page title={`Connect ${source?.name ?? ''}`} above={[{ title: 'Sources', to: '/sources' }]}>
      <AddSteps at={1} />
      <Stack maw={640}>
        {problem !== null && (
          <Alert color="red" role="alert" title="The sign-in did not go through">
            {problemWords[problem] ?? `The vendor’s answer could not be used (${problem}). Try again.`}
          </Alert>
        )}
        <Card withBorder radius="md">
          <Text mb="md">
            You are taken to {type.label}, where you allow Headwater to read. It asks for nothing but reading, and you
            can take it back at any time.
          </Text>
          <Group>
            <Button
              leftSection={<IconPlugConnected size={16} aria-hidden />}
              disabled={!isConfigured}
              loading={isGoing('oauth')}
              onClick={() => connect.mutate({ id, connectionProvider: 'oauth' })}
            >
              Sign in at {type.label}
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
              Through Composio, Composio asks for your consent and keeps the tokens; Headwater keeps none.
            </Text>
          )}
          <ProblemAlert error={connect.error} />
        </Card>
        <PasteToken id={id} isOpenAtFirst={!isConfigured && !hasComposio} />
      </Stack>
    </Page>
  );
}

const problemWords: Readonly<Record<string, string>> = {
  access_denied: 'It was declined. Nothing has been connected; you can try again.',
  state_unknown: 'It took longer than ten minutes or was finished already. Start it again.',
  insufficient_scope: 'Not everything that reading needs was allowed. Sign in again and leave all boxes ticked.',
};

function PasteToken({ id, isOpenAtFirst }: { readonly id: string; readonly isOpenAtFirst: boolean }) {
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  const [accessToken, setAccessToken] = useState('');
  const [refreshToken, setRefreshToken] = useState('');
  const paste = usePasteToken(id);
  const [, go] = useLocation();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const body = {
      accessToken: accessToken.trim(),
      ...(refreshToken.trim() === '' ? {} : { refreshToken: refreshToken.trim() }),
    };
    paste.mutate(body, { onSuccess: () => go(`/sources/${id}/connected`) });
  };
  return (
    <div>
      <Button variant="subtle" size="sm" onClick={() => setOpen(!isOpen)} aria-expanded={isOpen}>
        Paste a token instead
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
              description="Without it the source has to be connected again when the token ends."
              value={refreshToken}
              onChange={(event) => setRefreshToken(event.currentTarget.value)}
              error={fieldError(paste.error, 'refreshToken')}
              autoComplete="off"
              spellCheck={false}
            />
            <ProblemAlert error={paste.error} />
            <Group>
              <Button type="submit" loading={paste.isPending}>
                Check and keep it
              </Button>
            </Group>
          </Stack>
        </Card>
      </Collapse>
    </div>
  );
}
