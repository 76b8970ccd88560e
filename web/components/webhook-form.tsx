import { Button, Checkbox, CopyButton, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useCreateWebhook, type WebhookEvent } from '../api/queries.ts';
import { fieldError, ProblemAlert } from './status-views.tsx';

const events: Readonly<Record<WebhookEvent, string>> = {
  'job.finished': 'A sync has finished',
  'job.failed': 'A sync has failed',
  'job.held': 'A sync waits for a decision about deletions',
  'source.needs_sign_in': 'A source needs a sign-in',
};

/** @param type also that of a ping, which nobody chooses */
export const eventWords = (type: string): string =>
  events[type as WebhookEvent] ?? (type === 'webhook.ping' ? 'Ping' : type);

export const eventsWords = (types: readonly WebhookEvent[]): string =>
  types.length === Object.keys(events).length ? 'All events' : types.map(eventWords).join(' · ');

/** Where to, and of what. @param onAdded gets the secret, which the API never says again */
export function WebhookForm({ onAdded }: { readonly onAdded: (secret: string) => void }) {
  const [url, setUrl] = useState('');
  const [chosen, setChosen] = useState<string[]>(Object.keys(events));
  const create = useCreateWebhook();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const body = { url: url.trim(), events: chosen as WebhookEvent[] };
    create.mutate(body, { onSuccess: ({ secret }) => onAdded(secret) });
  };
  return (
    <Stack component="form" onSubmit={submit}>
      <TextInput
        label="Address"
        description="It is called by POST, with ids and counts; no names and no text."
        placeholder="https://example.com/headwater"
        value={url}
        onChange={(event) => setUrl(event.currentTarget.value)}
        error={fieldError(create.error, 'url')}
        required
        autoComplete="off"
        inputMode="url"
        data-autofocus
      />
      <Checkbox.Group
        label="What it hears of"
        value={chosen}
        onChange={setChosen}
        error={fieldError(create.error, 'events')}
      >
        <Stack gap="xs" mt="xs">
          {Object.entries(events).map(([event, words]) => (
            <Checkbox key={event} value={event} label={words} description={event} />
          ))}
        </Stack>
      </Checkbox.Group>
      <ProblemAlert error={create.error} />
      <Group justify="flex-end">
        <Button type="submit" loading={create.isPending}>
          Add
        </Button>
      </Group>
    </Stack>
  );
}

export function SecretOnce({ secret, onDone }: { readonly secret: string; readonly onDone: () => void }) {
  return (
    <Stack>
      <Text size="sm">
        Keep this secret where your endpoint can read it: with it the endpoint tells Headwater’s calls from anybody
        else’s. It is shown now and never again; to change it, add the endpoint anew.
      </Text>
      <TextInput
        label="Secret"
        value={secret}
        readOnly
        data-autofocus
        onFocus={(event) => event.currentTarget.select()}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      />
      <Group justify="space-between">
        <CopyButton value={secret}>
          {({ copied, copy }) => (
            <Button
              variant="default"
              onClick={copy}
              leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
            >
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onDone}>I have kept it</Button>
      </Group>
    </Stack>
  );
}
