import { Button, Checkbox, Group, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useCreateWebhook, type WebhookEvent } from '../api/webhooks.ts';
import { fieldError, ProblemAlert } from './status-views.tsx';
import { useUnsaved } from './unsaved.ts';

const events: Readonly<Record<WebhookEvent, string>> = {
  'job.finished': 'Sync finished',
  'job.failed': 'Sync failed',
  'job.held': 'Sync needs approval for removals',
  'source.needs_sign_in': 'Source needs sign-in',
};

/** @param type also `webhook.ping`, which cannot be subscribed to */
export const eventLabel = (type: string): string =>
  events[type as WebhookEvent] ?? (type === 'webhook.ping' ? 'Test event' : type);

export const eventLabels = (types: readonly WebhookEvent[]): string =>
  types.length === Object.keys(events).length ? 'All events' : types.map(eventLabel).join(' · ');

/** The endpoint and its events. @param onAdded receives the secret, which the API returns only once */
export function WebhookForm({ onAdded }: { readonly onAdded: (secret: string) => void }) {
  const [url, setUrl] = useState('');
  const [chosen, setChosen] = useState<string[]>(Object.keys(events));
  useUnsaved(url !== '' || chosen.length < Object.keys(events).length);
  const create = useCreateWebhook();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const body = { url: url.trim(), events: chosen as WebhookEvent[] };
    create.mutate(body, { onSuccess: ({ secret }) => onAdded(secret) });
  };
  return (
    <Stack component="form" onSubmit={submit}>
      <TextInput
        label="Endpoint URL"
        description="Receives POST requests with ids and counts, never names or text."
        placeholder="https://example.com/headwater"
        value={url}
        onChange={(event) => setUrl(event.currentTarget.value)}
        error={fieldError(create.error, 'url')}
        required
        autoComplete="off"
        inputMode="url"
        data-autofocus
      />
      <Checkbox.Group label="Events" value={chosen} onChange={setChosen} error={fieldError(create.error, 'events')}>
        <Stack gap="xs" mt="xs">
          {Object.entries(events).map(([event, words]) => (
            <Checkbox key={event} value={event} label={words} description={event} />
          ))}
        </Stack>
      </Checkbox.Group>
      <ProblemAlert error={create.error} title="Could not add the webhook" />
      <Group justify="flex-end">
        <Button type="submit" loading={create.isPending}>
          Add webhook
        </Button>
      </Group>
    </Stack>
  );
}
