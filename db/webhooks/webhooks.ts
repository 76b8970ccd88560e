/** A user's own endpoints. */

import { sql } from 'kysely';
import type { WebhookEvent } from '../../domain/webhooks.ts';
import type { UserTransaction } from '../access/as-user.ts';
import { toJson } from '../access/parameters.ts';

const columns = [
  'id',
  'url',
  'events',
  'isActive',
  'disabledReason',
  'failingSince',
  'createdAt',
  'updatedAt',
] as const;

export type WebhookEndpoint = Awaited<ReturnType<typeof listEndpoints>>[number];

/** Endpoints without their secrets. */
export async function listEndpoints(trx: UserTransaction) {
  return await trx.selectFrom('webhookEndpoints').select(columns).orderBy('createdAt').orderBy('id').execute();
}

export async function findEndpoint(trx: UserTransaction, id: string): Promise<WebhookEndpoint | undefined> {
  return await trx.selectFrom('webhookEndpoints').select(columns).where('id', '=', id).executeTakeFirst();
}

export interface NewEndpoint {
  readonly id: string;
  readonly userId: string;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly secret: object;
}

export async function createEndpoint(trx: UserTransaction, endpoint: NewEndpoint): Promise<WebhookEndpoint> {
  return await trx
    .insertInto('webhookEndpoints')
    .values({ ...endpoint, secret: toJson(endpoint.secret) })
    .returning(columns)
    .executeTakeFirstOrThrow();
}

export interface EndpointChange {
  readonly url?: string | undefined;
  readonly events?: readonly WebhookEvent[] | undefined;
  readonly isActive?: boolean | undefined;
}

/** Any change clears the failure record of an endpoint that was disabled for failing. */
export async function updateEndpoint(
  trx: UserTransaction,
  id: string,
  change: EndpointChange,
): Promise<WebhookEndpoint | undefined> {
  return await trx
    .updateTable('webhookEndpoints')
    .set({
      failingSince: null,
      updatedAt: sql<Date>`now()`,
      ...(change.url === undefined ? {} : { url: change.url }),
      ...(change.events === undefined ? {} : { events: change.events }),
      ...(change.isActive === undefined ? {} : { isActive: change.isActive, disabledReason: null }),
    })
    .where('id', '=', id)
    .returning(columns)
    .executeTakeFirst();
}

export async function deleteEndpoint(trx: UserTransaction, id: string): Promise<boolean> {
  return (await trx.deleteFrom('webhookEndpoints').where('id', '=', id).returning('id').execute()).length > 0;
}
