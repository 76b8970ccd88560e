import { ActionIcon, Alert, Anchor, Button, Switch, Text, Tooltip } from '@mantine/core';
import { IconRefresh, IconSend } from '@tabler/icons-react';
import { Link, useLocation } from 'wouter';
import { serverNow } from '../api/connection.ts';
import {
  useDeleteWebhook,
  useDeliveries,
  usePing,
  useRedeliver,
  useUpdateWebhook,
  useWebhooks,
} from '../api/webhooks.ts';
import type { Webhook, WebhookDelivery } from '../api/types.ts';
import { DeliveryBadge, WebhookBadge } from '../components/badges.tsx';
import { ConfirmButton } from '../components/confirm-button.tsx';
import { Page } from '../components/page.tsx';
import { type Column, Rows } from '../components/rows.tsx';
import { Empty, NotFound, NotLoaded, ProblemAlert } from '../components/status-views.tsx';
import { Time } from '../components/time.tsx';
import { eventLabels, eventLabel } from '../components/webhook-form.tsx';
import { count, shortTime } from '../format.ts';

/** One endpoint and its deliveries. */
export function WebhookPage({ id }: { readonly id: string }) {
  const webhooks = useWebhooks();
  const { data } = webhooks;
  const webhook = data?.find((one) => one.id === id);
  const ping = usePing();
  if (data === undefined) return <NotLoaded query={webhooks} title="Could not load the webhook" />;
  if (webhook === undefined) return <NotFound what="Webhook" to="/webhooks" list="All webhooks" />;
  return (
    <Page
      title={new URL(webhook.url).host}
      above={[{ title: 'Webhooks', to: '/webhooks' }]}
      beside={<WebhookBadge webhook={webhook} />}
      actions={
        <>
          <Button
            leftSection={<IconSend size={16} aria-hidden />}
            disabled={!webhook.isActive}
            loading={ping.isPending}
            onClick={() => ping.mutate(id)}
          >
            Send test event
          </Button>
          <Deletion webhook={webhook} />
        </>
      }
    >
      <Facts webhook={webhook} />
      <ProblemAlert error={ping.error} title="Could not send the test event" />
      <Deliveries webhook={webhook} />
    </Page>
  );
}

function Facts({ webhook }: { readonly webhook: Webhook }) {
  const { id, url, events, isActive, disabledReason, failingSince } = webhook;
  const update = useUpdateWebhook();
  return (
    <>
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {url}
      </Text>
      <Text size="sm" c="dimmed" mb="sm">
        {eventLabels(events)}
      </Text>
      <Switch
        label="Active"
        mb="md"
        checked={isActive}
        onChange={(event) => update.mutate({ id, isActive: event.currentTarget.checked })}
      />
      <ProblemAlert error={update.error} />
      {disabledReason !== null && (
        <Alert color="red" mb="md" title="Disabled">
          {disabledReason} Once active again, it receives new events. Failed deliveries can be sent again.
        </Alert>
      )}
      {isActive && failingSince !== null && (
        <Alert color="yellow" mb="md" title="Deliveries are failing">
          No delivery has succeeded since {shortTime(failingSince)}. Each is retried for about three days; after five
          days without success the webhook is disabled.
        </Alert>
      )}
    </>
  );
}

function Deliveries({ webhook }: { readonly webhook: Webhook }) {
  const deliveries = useDeliveries(webhook.id);
  const redeliver = useRedeliver(webhook.id);
  const again = (delivery: WebhookDelivery) => (
    <SendAgain
      isPossible={webhook.isActive && (delivery.status !== 'pending' || isWaiting(delivery))}
      isSending={redeliver.isPending && redeliver.variables === delivery.id}
      send={() => redeliver.mutate(delivery.id)}
    />
  );
  return (
    <>
      <ProblemAlert error={redeliver.error} title="Could not send it again" />
      <Rows
        label="Deliveries"
        pages={deliveries}
        columns={[...columns, { title: 'Resend', width: '70px', align: 'right', cell: again }]}
        keyOf={(delivery) => delivery.id}
        empty={
          <Empty icon={<IconSend size={28} />} title="No deliveries yet">
            Send a test event to check that the endpoint responds.
          </Empty>
        }
      />
    </>
  );
}

function isWaiting({ nextAttemptAt }: WebhookDelivery): boolean {
  return nextAttemptAt !== null && Date.parse(nextAttemptAt) > serverNow();
}

const columns: readonly Column<WebhookDelivery>[] = [
  {
    title: 'Event',
    width: 'minmax(0, 1fr)',
    cell: ({ eventType, jobId, createdAt, ...delivery }) => (
      <>
        {jobId === null ? (
          <Text size="sm" truncate>
            {eventLabel(eventType)}
          </Text>
        ) : (
          <Anchor component={Link} href={`/jobs/${jobId}`} fz="sm" truncate display="block">
            {eventLabel(eventType)}
          </Anchor>
        )}
        <Text size="xs" c="dimmed" truncate>
          <Time at={createdAt} /> · <Answer {...delivery} />
        </Text>
      </>
    ),
  },
  { title: 'Attempts', width: '80px', align: 'right', wideOnly: true, cell: ({ attempts }) => count(attempts) },
  {
    title: 'Next attempt',
    width: '140px',
    wideOnly: true,
    cell: ({ status, nextAttemptAt }) =>
      status === 'pending' ? <Time at={nextAttemptAt} none="now" due="now" /> : '–',
  },
  { title: 'Status', width: '110px', cell: (delivery) => <DeliveryBadge delivery={delivery} /> },
];

function Answer({ lastStatus, lastError }: Pick<WebhookDelivery, 'lastStatus' | 'lastError'>) {
  if (lastError !== null) return <span title={lastError}>No response: {lastError.replaceAll('_', ' ')}</span>;
  return lastStatus === null ? <>Not sent yet</> : <>HTTP {lastStatus}</>;
}

interface SendAgainProps {
  readonly isPossible: boolean;
  readonly isSending: boolean;
  readonly send: () => void;
}

function SendAgain({ isPossible, isSending, send }: SendAgainProps) {
  return (
    <Tooltip label="Send again">
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label="Send again"
        disabled={!isPossible}
        loading={isSending}
        onClick={send}
      >
        <IconRefresh size={16} />
      </ActionIcon>
    </Tooltip>
  );
}

function Deletion({ webhook }: { readonly webhook: Webhook }) {
  const remove = useDeleteWebhook();
  const [, go] = useLocation();
  return (
    <ConfirmButton
      question="Delete this webhook?"
      action={remove}
      onConfirm={() => remove.mutate(webhook.id, { onSuccess: () => go('/webhooks') })}
    >
      <Text size="sm">Deliveries stop and the delivery log is deleted.</Text>
    </ConfirmButton>
  );
}
