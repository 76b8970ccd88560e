/** Past and pending deliveries to endpoints, attempt by attempt. */

import { sql } from 'kysely';
import { type DeliveryStatus, pingEvent } from '../../domain/webhooks.ts';
import type { UserTransaction } from '../access/as-user.ts';
import type { PagePosition } from '../access/cursors.ts';
import { toJson } from '../access/parameters.ts';

export interface DeliveryRow {
  readonly id: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly jobId: string | null;
  readonly dataSourceId: string | null;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly lastAttemptAt: Date | null;
  readonly nextAttemptAt: Date | null;
  readonly createdAt: Date;
}

const deliveryColumns = sql`d.id, d.event_id, e.event_type, e.job_id, e.data_source_id, d.status, d.attempts, d.last_status,
  d.last_error, d.last_attempt_at, d.next_attempt_at, d.created_at`;

/** Newest first. */
export async function listDeliveries(
  trx: UserTransaction,
  endpointId: string,
  limit: number,
  after: PagePosition | null,
): Promise<DeliveryRow[]> {
  const { rows } = await sql<DeliveryRow>`
    select ${deliveryColumns} from webhook_deliveries d join webhook_events e on e.id = d.event_id
    where d.endpoint_id = ${endpointId}
      and (${after?.at ?? null}::timestamptz is null
        or (date_trunc('milliseconds', d.created_at), d.id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by date_trunc('milliseconds', d.created_at) desc, d.id desc
    limit ${limit}`.execute(trx);
  return rows;
}

export async function findDelivery(
  trx: UserTransaction,
  endpointId: string,
  id: string,
): Promise<DeliveryRow | undefined> {
  const { rows } = await sql<DeliveryRow>`
    select ${deliveryColumns} from webhook_deliveries d join webhook_events e on e.id = d.event_id
    where d.endpoint_id = ${endpointId} and d.id = ${id}`.execute(trx);
  return rows[0];
}

/** Creates an event for this endpoint only. @returns the delivery's id */
export async function recordPing(trx: UserTransaction, userId: string, endpointId: string): Promise<string> {
  const event = await trx
    .insertInto('webhookEvents')
    .values({ userId, eventType: pingEvent, data: toJson({ endpointId }) })
    .returning('id')
    .executeTakeFirstOrThrow();
  const delivery = await trx
    .insertInto('webhookDeliveries')
    .values({ userId, endpointId, eventId: event.id })
    .returning('id')
    .executeTakeFirstOrThrow();
  return delivery.id;
}

/**
 * Sends a delivery again under the same event id: one that has ended, or that waits for its next attempt, which may be a
 * day away. @returns false while an attempt is under way
 */
export async function reopenDelivery(trx: UserTransaction, id: string): Promise<boolean> {
  const reopened = await trx
    .updateTable('webhookDeliveries')
    .set({ status: 'pending', attempts: 0, nextAttemptAt: sql<Date>`now()` })
    .where('id', '=', id)
    .where((eb) => eb.or([eb('status', '!=', 'pending'), eb('nextAttemptAt', '>', sql<Date>`now()`)]))
    .returning('id')
    .execute();
  return reopened.length > 0;
}

export interface Outgoing {
  readonly endpointId: string;
  readonly url: string;
  readonly secret: unknown;
  readonly eventId: string;
  readonly eventType: string;
  readonly data: Record<string, unknown>;
  readonly occurredAt: Date;
  /** Number of attempts that reached an end. Activities that failed before they sent anything are not attempts. */
  readonly attempts: number;
}

/** The request and the endpoint of one attempt. Undefined if there is nothing left to send. */
export async function findOutgoing(trx: UserTransaction, deliveryId: string): Promise<Outgoing | undefined> {
  return await trx
    .selectFrom('webhookDeliveries as d')
    .innerJoin('webhookEndpoints as w', 'w.id', 'd.endpointId')
    .innerJoin('webhookEvents as e', 'e.id', 'd.eventId')
    .select(['w.id as endpointId', 'w.url', 'w.secret', 'e.id as eventId', 'e.eventType', 'e.data'])
    .select(['e.createdAt as occurredAt', 'd.attempts'])
    .where('d.id', '=', deliveryId)
    .where('d.status', '=', 'pending')
    .where('w.isActive', '=', true)
    .executeTakeFirst();
}

export interface Attempt {
  readonly deliveryId: string;
  readonly endpointId: string;
  /** The receiver's HTTP status; null if there was no answer. */
  readonly status: number | null;
  readonly error: string | null;
  /** Null if it was the last attempt. */
  readonly nextAttemptAt: Date | null;
}

/**
 * Records the result of an attempt. @param disableAfterHours number of hours of consecutive failures after which the
 * endpoint is disabled
 */
export async function recordAttempt(
  trx: UserTransaction,
  attempt: Attempt,
  outcome: DeliveryStatus,
  disableAfterHours: number,
): Promise<void> {
  await trx
    .updateTable('webhookDeliveries')
    .set({
      status: outcome,
      attempts: sql<number>`attempts + 1`,
      lastStatus: attempt.status,
      lastError: attempt.error,
      lastAttemptAt: sql<Date>`now()`,
      nextAttemptAt: attempt.nextAttemptAt,
    })
    .where('id', '=', attempt.deliveryId)
    // The endpoint may have been disabled during the attempt, which ended its deliveries.
    .where('status', '=', 'pending')
    .execute();
  if (outcome === 'delivered') {
    await trx
      .updateTable('webhookEndpoints')
      .set({ failingSince: null })
      .where('id', '=', attempt.endpointId)
      .where('failingSince', 'is not', null)
      .execute();
    return;
  }
  await trx
    .updateTable('webhookEndpoints')
    .set({ failingSince: sql<Date>`coalesce(failing_since, now())` })
    .where('id', '=', attempt.endpointId)
    .execute();
  const said = attempt.status === null ? (attempt.error ?? 'no answer') : `the endpoint answered ${attempt.status}`;
  await disableWhereFailing(
    trx,
    attempt.endpointId,
    `No delivery succeeded for ${disableAfterHours} hours (${said}).`,
    disableAfterHours,
  );
}

/** Disables an endpoint that has failed for this long (0: at once) and ends its pending deliveries. */
export async function disableWhereFailing(
  trx: UserTransaction,
  endpointId: string,
  reason: string,
  afterHours: number,
): Promise<void> {
  const disabled = await trx
    .updateTable('webhookEndpoints')
    .set({ isActive: false, disabledReason: reason, updatedAt: sql<Date>`now()` })
    .where('id', '=', endpointId)
    .where('isActive', '=', true)
    .where('failingSince', '<=', sql<Date>`now() - make_interval(hours => ${afterHours})`)
    .returning('id')
    .execute();
  if (disabled.length > 0) await endPending(trx, endpointId);
}

/** Ends the pending deliveries of a disabled endpoint. */
export async function endPending(trx: UserTransaction, endpointId: string): Promise<void> {
  await trx
    .updateTable('webhookDeliveries')
    .set({
      status: 'failed',
      nextAttemptAt: null,
      lastError: sql<string>`coalesce(last_error, 'the endpoint was switched off')`,
    })
    .where('endpointId', '=', endpointId)
    .where('status', '=', 'pending')
    .execute();
}
