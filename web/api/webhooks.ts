import { useQuery } from '@tanstack/react-query';
import { useChange } from './change.ts';
import { ask } from './client.ts';
import { pageSize, usePages } from './pages.ts';
import type * as api from './types.ts';

const webhooks = '/api/webhooks';

export type WebhookEvent = api.Webhook['events'][number];

export function useWebhooks() {
  return useQuery({
    queryKey: ['webhooks'],
    queryFn: async () => (await ask<api.ListWebhooksData>('GET', webhooks)).webhooks,
    refetchInterval: 10_000,
  });
}

const isPending = ({ status }: api.WebhookDelivery): boolean => status === 'pending';

export function useDeliveries(webhookId: string) {
  return usePages<api.WebhookDelivery>(
    ['deliveries', webhookId],
    async (cursor) => {
      const query = { limit: pageSize, cursor };
      const path = `${webhooks}/${webhookId}/deliveries`;
      const { deliveries, nextCursor } = await ask<api.ListWebhookDeliveriesData>('GET', path, { query });
      return { rows: deliveries, next: nextCursor };
    },
    { refetchInterval: ({ state }) => (state.data?.pages[0]?.rows.some(isPending) === true ? 2000 : 15_000) },
  );
}

export const useCreateWebhook = () =>
  useChange((body: api.CreateWebhookPayload) => ask<api.CreateWebhookData>('POST', webhooks, { body }), 'webhooks');

export const useUpdateWebhook = () =>
  useChange(
    (body: api.PutWebhookPayload) => ask<api.PutWebhookData>('PUT', webhooks, { body }),
    'webhooks',
    'deliveries',
  );

export const useDeleteWebhook = () =>
  useChange((id: string) => ask<api.DeleteWebhookByQueryData>('DELETE', webhooks, { query: { id } }), 'webhooks');

export const usePing = () =>
  useChange((id: string) => ask<api.PingWebhookData>('POST', `${webhooks}/${id}/ping`), 'deliveries');

export const useRedeliver = (webhookId: string) =>
  useChange(
    (id: string) => ask<api.RedeliverData>('POST', `${webhooks}/${webhookId}/deliveries/${id}/redeliver`),
    'deliveries',
  );
