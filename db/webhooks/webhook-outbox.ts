/**
 * Events for endpoints, written in the transaction that makes them true, so that a killed process neither loses nor
 * invents an event. Nothing is written if no endpoint subscribes.
 */

import { type Kysely, sql } from 'kysely';
import type { WebhookEvent } from '../../domain/webhooks.ts';
import { asUser, type UserTransaction } from '../access/as-user.ts';
import type { Database } from '../access/database.ts';

/** How long events can be looked up, in days. */
const keptDays = 30;

/**
 * Records that a job has ended or is held, once for each job and event, however often the step is repeated. Plans
 * create no events.
 */
export async function recordJobEvent(
  trx: UserTransaction,
  jobId: string,
  event: Extract<WebhookEvent, `job.${string}`>,
): Promise<void> {
  await forgetOldEvents(trx);
  await sql`
    with listening as (${listeners(event)}), event as (
      insert into webhook_events (user_id, event_type, data_source_id, job_id, data)
      select j.user_id, ${event}, j.data_source_id, j.id, jsonb_build_object(
        'jobId', j.id, 'dataSourceId', j.data_source_id, 'sourceType', s.source_type, 'jobType', j.job_type,
        'trigger', j.trigger, 'status', j.status, 'errorCode', j.error_code,
        'removals', j.progress_data -> 'removals',
        'gaps', (select count(*) from job_gaps g where g.job_id = j.id),
        'counts', jsonb_build_object('found', j.items_found, 'created', j.items_created, 'updated', j.items_updated,
          'unchanged', j.items_unchanged, 'removed', j.items_removed, 'skipped', j.items_skipped,
          'failed', j.items_failed))
      from sync_jobs j join data_sources s on s.id = j.data_source_id
      where j.id = ${jobId} and not j.dry_run and exists (select from listening)
      on conflict (event_type, job_id) where job_id is not null do nothing
      returning id, user_id)
    ${deliveries}`.execute(trx);
}

/**
 * Records that a source cannot continue until a person signs in again. The caller calls it once each time this happens.
 */
export async function recordSignInNeeded(trx: UserTransaction, dataSourceId: string): Promise<void> {
  const event: WebhookEvent = 'source.needs_sign_in';
  await forgetOldEvents(trx);
  await sql`
    with listening as (${listeners(event)}), event as (
      insert into webhook_events (user_id, event_type, data_source_id, data)
      select s.user_id, ${event}, s.id, jsonb_build_object('dataSourceId', s.id, 'sourceType', s.source_type)
      from data_sources s where s.id = ${dataSourceId} and exists (select from listening)
      returning id, user_id)
    ${deliveries}`.execute(trx);
}

function listeners(event: WebhookEvent) {
  return sql`select id from webhook_endpoints where is_active and ${event} = any(events)`;
}

const deliveries = sql`
  insert into webhook_deliveries (user_id, endpoint_id, event_id)
  select e.user_id, l.id, e.id from event e cross join listening l`;

/** Their deliveries are deleted with them. */
async function forgetOldEvents(trx: UserTransaction): Promise<void> {
  await sql`delete from webhook_events where created_at < now() - make_interval(days => ${keptDays})`.execute(trx);
}

/** Deliveries that were never started, or that became due long ago. */
export async function listDueDeliveries(trx: UserTransaction, limit: number): Promise<string[]> {
  const rows = await trx
    .selectFrom('webhookDeliveries')
    .select('id')
    .where('status', '=', 'pending')
    .where('nextAttemptAt', '<=', sql<Date>`now()`)
    .orderBy('nextAttemptAt')
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

/**
 * Lists the ids of users whose overdue deliveries seem to have no workflow. Like `ownerOf`, it runs outside any user's
 * scope.
 */
export async function usersWithOverdueWebhooks(db: Kysely<Database>): Promise<string[]> {
  return await asUser(db, '', async (trx) => {
    const { rows } = await sql<{ userId: string }>`select users_with_overdue_webhooks() as user_id`.execute(trx);
    return rows.map((row) => row.userId);
  });
}
