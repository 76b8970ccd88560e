import { Anchor, Button, Card, Group, Stack, Switch, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus, IconWebhook } from '@tabler/icons-react';
import { Link } from 'wouter';
import { useUpdateWebhook, useWebhooks } from '../api/webhooks.ts';
import type { Webhook } from '../api/types.ts';
import { WebhookBadge } from '../components/badges.tsx';
import { Page } from '../components/page.tsx';
import { SecretDialog } from '../components/secret-once.tsx';
import { Empty, NotLoaded, ProblemAlert } from '../components/status-views.tsx';
import { eventLabels, WebhookForm } from '../components/webhook-form.tsx';

/** The user’s own endpoints that are notified of syncs. */
export function WebhooksPage() {
  const webhooks = useWebhooks();
  const { data } = webhooks;
  const [isAdding, { open, close }] = useDisclosure(false);
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
      Add a webhook
    </Button>
  );
  return (
    <Page title="Webhooks" actions={add}>
      <NotLoaded query={webhooks} />
      {data?.length === 0 && (
        <Empty icon={<IconWebhook size={28} />} title="No webhooks yet" action={add}>
          Get notified at your own endpoint when a sync finishes, fails or needs approval, or when a source needs
          sign-in.
        </Empty>
      )}
      <Stack gap="sm">
        {data?.map((webhook) => (
          <WebhookCard key={webhook.id} webhook={webhook} />
        ))}
      </Stack>
      {isAdding && (
        <SecretDialog
          title="Add a webhook"
          titleAfter="Webhook added"
          close={close}
          form={(onSecret) => <WebhookForm onAdded={onSecret} />}
          label="Signing secret"
        >
          Your endpoint verifies with this secret that a request comes from Headwater. Copy it now: it is not shown
          again. For a new secret, add the endpoint again.
        </SecretDialog>
      )}
    </Page>
  );
}

function WebhookCard({ webhook }: { readonly webhook: Webhook }) {
  const { id, url, events, isActive, disabledReason } = webhook;
  const update = useUpdateWebhook();
  return (
    <Card withBorder radius="md" component="section" aria-label={url}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div style={{ minWidth: 0 }}>
          <Anchor component={Link} href={`/webhooks/${id}`} fw={600} style={{ overflowWrap: 'anywhere' }}>
            {url}
          </Anchor>
          <Text size="sm" c="dimmed">
            {eventLabels(events)}
          </Text>
        </div>
        <Group gap="sm" wrap="nowrap" style={{ flexShrink: 0 }}>
          <WebhookBadge webhook={webhook} />
          <Switch
            aria-label={`Active: ${url}`}
            checked={isActive}
            onChange={(event) => update.mutate({ id, isActive: event.currentTarget.checked })}
          />
        </Group>
      </Group>
      {disabledReason !== null && (
        <Text size="sm" mt="xs">
          {disabledReason}
        </Text>
      )}
      <ProblemAlert error={update.error} />
    </Card>
  );
}
