/** The audit log. Rows are added and never changed; what is read is a request's first row with its last. */

import { type Kysely, sql } from 'kysely';
import type { AuditActor } from '../../domain/audit.ts';
import { asUser, type UserTransaction } from './as-user.ts';
import type { PagePosition } from './cursors.ts';
import type { Database } from './database.ts';

/** The most rows that one statement deletes. */
const prunedPerQuery = 5000;

export interface NewAuditEvent {
  readonly userId: string;
  /** A name such as `key.create`, or the method and route. */
  readonly action: string;
  readonly actor: AuditActor;
  readonly keyId: string | null;
  readonly address: string | null;
  readonly targetId: string | null;
}

/** Records that something is about to happen. @returns the id of the event */
export async function beginAuditEvent(trx: UserTransaction, event: NewAuditEvent): Promise<string> {
  const { id } = await trx.insertInto('auditEvents').values(event).returning('id').executeTakeFirstOrThrow();
  return id;
}

/**
 * Records how an event ended. Nothing is recorded of an event whose user was erased meanwhile, because the row would be
 * in that user's name again.
 */
export async function endAuditEvent(
  trx: UserTransaction,
  id: string,
  end: { readonly status: number; readonly targetId: string | null },
): Promise<void> {
  await sql`
    insert into audit_events (user_id, begun_as, action, actor, key_id, address, target_id, status)
    select user_id, id, action, actor, key_id, address, ${end.targetId}, ${end.status} from audit_events
    where id = ${id}`.execute(trx);
}

export interface AuditFilter {
  readonly action?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

const target = sql`coalesce(ended.target_id, begun.target_id)`;
/**
 * The tables whose rows have names. A name is found by the id alone, because ids of different tables never coincide.
 */
const named = [
  ['data_sources', 'name'],
  ['documents', 'title'],
  ['etl_transformations', 'name'],
  ['api_keys', 'name'],
  ['projects', 'name'],
  ['tags', 'name'],
  ['webhook_endpoints', 'url'],
  ['uploaded_files', 'path'],
] as const;
const targetName = sql<string | null>`case when ${target} ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then coalesce(
  ${sql.join(named.map(([table, column]) => sql`(select n.${sql.ref(column)} from ${sql.table(table)} n where n.id = ${target}::uuid)`))},
  (select s.name from sync_jobs j join data_sources s on s.id = j.data_source_id where j.id = ${target}::uuid),
  (select s.name from scheduled_syncs c join data_sources s on s.id = c.data_source_id where c.id = ${target}::uuid))
  end`;

export type AuditEvent = Awaited<ReturnType<typeof listAuditEvents>>[number];

/** Newest first. */
export async function listAuditEvents(
  trx: UserTransaction,
  { action, since, until }: AuditFilter,
  limit: number,
  after: PagePosition | null,
) {
  return await trx
    .selectFrom('auditEvents as begun')
    .leftJoin('auditEvents as ended', 'ended.begunAs', 'begun.id')
    .leftJoin('apiKeys as key', 'key.id', 'begun.keyId')
    .select(['begun.id', 'begun.at', 'begun.action', 'begun.actor', 'begun.keyId', 'key.name as keyName'])
    .select(['begun.address', 'ended.status'])
    .select((eb) => eb.fn.coalesce('ended.targetId', 'begun.targetId').as('targetId'))
    .select(targetName.as('targetName'))
    .where('begun.begunAs', 'is', null)
    .$if(action !== undefined, (q) => q.where('begun.action', '=', action ?? ''))
    .$if(since !== undefined, (q) => q.where('begun.at', '>=', new Date(since ?? 0)))
    .$if(until !== undefined, (q) => q.where('begun.at', '<', new Date(until ?? 0)))
    .$if(after !== null, (q) => q.where('begun.id', '<', after?.id ?? ''))
    .orderBy('begun.id', 'desc')
    .limit(limit)
    .execute();
}

/** Deletes what is older than the retention period, over all users. @returns the number of rows */
export async function pruneAuditEvents(db: Kysely<Database>, days: number): Promise<number> {
  for (let pruned = 0; ;) {
    const rows = await asUser(
      db,
      '',
      async (trx) =>
        (await sql<{ pruned: number }>`select prune_audit_events(${days}, ${prunedPerQuery}) as pruned`.execute(trx))
          .rows,
    );
    const now = rows[0]?.pruned ?? 0;
    pruned += now;
    if (now < prunedPerQuery) return pruned;
  }
}

/** Takes the user's name, keys and addresses off their events, which stay without them. */
export async function anonymizeAuditEvents(trx: UserTransaction): Promise<void> {
  await sql`select anonymize_audit_events()`.execute(trx);
}
