import { ActionIcon, Alert, Anchor, Button, Switch, Text, Tooltip } from '@mantine/core';
import { IconRefresh, IconSend, IconWebhook } from '@tabler/icons-react';
import { Link, useLocation } from 'wouter';
import {
  useDeleteWebhook,
  useDeliveries,
  usePing,
  useRedeliver,
  useUpdateWebhook,
  useWebhooks,
} from '../api/queries.ts';
import type { Webhook, WebhookDelivery } from '../api/types.ts';
import { DeliveryBadge, WebhookBadge } from '../components/badges.tsx';
import { DeleteButton } from '../components/delete-button.tsx';
import { Page } from '../components/page.tsx';
import { type Column, Rows } from '../components/rows.tsx';
import { Empty, Loading, ProblemAlert } from '../components/status-views.tsx';
import { Time } from '../components/time.tsx';
import { eventsWords, eventWords } from '../components/webhook-form.tsx';
import { count, shortTime } from '../format.ts';

/** One endpoint: what it was sent, and how that went. */
export function WebhookPage({ id }: { readonly id: string }) {
  const { data, isPending, error } = useWebhooks();
  const webhook = data?.find((one) => one.id === id);
  const ping = usePing();
  if (isPending) return <Loading />;
  if (data === undefined) return <ProblemAlert error={error} />;
  if (webhook === undefined) return <Empty icon={<IconWebhook size={28} />} title="There is no such webhook" />;
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
            Send a ping
          </Button>
          <Deletion webhook={webhook} />
        </>
      }
    >
      <Facts webhook={webhook} />
      <ProblemAlert error={ping.error} />
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
        {eventsWords(events)}
      </Text>
      <Switch
        label="Switched on"
        mb="md"
        checked={isActive}
        onChange={(event) => update.mutate({ id, isActive: event.currentTarget.checked })}
      />
      <ProblemAlert error={update.error} />
      {disabledReason !== null && (
        <Alert color="red" mb="md" title="It was switched off">
          {disabledReason} Switched on again, it hears of what happens from then on; what has failed can be sent again.
        </Alert>
      )}
      {isActive && failingSince !== null && (
        <Alert color="yellow" mb="md" title="It does not answer as it should">
          No delivery has succeeded since {shortTime(failingSince)}. Each is tried for about three days; after five days
          without success the endpoint is switched off.
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
      isPossible={webhook.isActive && delivery.status !== 'pending'}
      isSending={redeliver.isPending && redeliver.variables === delivery.id}
      send={() => redeliver.mutate(delivery.id)}
    />
  );
  return (
    <>
      <ProblemAlert error={redeliver.error} />
      <Rows
        label="Deliveries"
        pages={deliveries}
        columns={[...columns, { title: 'Again', width: '44px', align: 'right', cell: again }]}
        keyOf={(delivery) => delivery.id}
        empty={
          <Empty icon={<IconSend size={28} />} title="Nothing sent yet">
            Send a ping to see whether it answers.
          </Empty>
        }
      />
    </>
  );
}

const columns: readonly Column<WebhookDelivery>[] = [
  {
    title: 'Event',
    width: 'minmax(0, 1fr)',
    cell: ({ eventType, jobId, createdAt, ...delivery }) => (
      <>
        {jobId === null ? (
          <Text size="sm" truncate>
            {eventWords(eventType)}
          </Text>
        ) : (
          <Anchor component={Link} href={`/jobs/${jobId}`} fz="sm" truncate display="block">
            {eventWords(eventType)}
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
    cell: ({ status, nextAttemptAt }) => (status === 'pending' ? <Time at={nextAttemptAt} none="now" /> : '–'),
  },
  { title: 'State', width: '104px', cell: (delivery) => <DeliveryBadge delivery={delivery} /> },
];

function Answer({ lastStatus, lastError }: Pick<WebhookDelivery, 'lastStatus' | 'lastError'>) {
  if (lastError !== null) return <span title={lastError}>no answer: {lastError}</span>;
  return lastStatus === null ? <>not tried yet</> : <>answered {lastStatus}</>;
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
    <DeleteButton
      question="Delete this webhook?"
      removal={remove}
      onDelete={() => remove.mutate(webhook.id, { onSuccess: () => go('/webhooks') })}
    >
      <Text size="sm">It hears nothing any more, and the record of what it was sent goes too.</Text>
    </DeleteButton>
  );
}
