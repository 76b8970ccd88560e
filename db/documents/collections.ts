/**
 * Projects and tags: a user's own names under which documents are grouped. For the database they differ only in their
 * tables.
 */

import { sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';

export const collectionKinds = ['project', 'tag'] as const;
export type CollectionKind = (typeof collectionKinds)[number];

/** The tables and the column of each kind. */
export const collectionTables = {
  project: { names: 'projects', links: 'project_documents', column: 'project_id' },
  tag: { names: 'tags', links: 'document_tags', column: 'tag_id' },
} as const satisfies Record<CollectionKind, { names: string; links: string; column: string }>;

export interface Collection {
  readonly id: string;
  readonly name: string;
  readonly documents: number;
  readonly createdAt: Date;
}

/** Ordered by name, with the number of live documents in each. */
export async function listCollections(trx: UserTransaction, kind: CollectionKind, id?: string): Promise<Collection[]> {
  const { names, links, column } = collectionTables[kind];
  const { rows } = await sql<Collection>`
    select n.id, n.name, n.created_at, count(d.id)::int as documents
    from ${sql.table(names)} n
    left join ${sql.table(links)} l on l.${sql.ref(column)} = n.id and not l.is_removed
    left join documents d on d.id = l.document_id and d.live_generation is not null
    where ${id ?? null}::uuid is null or n.id = ${id ?? null}::uuid
    group by n.id order by lower(n.name), n.id`.execute(trx);
  return rows;
}

/** @returns the new id; null if the name is taken */
export async function createCollection(
  trx: UserTransaction,
  kind: CollectionKind,
  row: { readonly userId: string; readonly name: string },
): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`
    insert into ${sql.table(collectionTables[kind].names)} (user_id, name) values (${row.userId}, ${row.name})
    on conflict (user_id, name) do nothing returning id`.execute(trx);
  return rows[0]?.id ?? null;
}

/** @returns the outcome; `taken` means that another one has this name */
export async function renameCollection(
  trx: UserTransaction,
  kind: CollectionKind,
  { id, name }: { readonly id: string; readonly name: string },
): Promise<'renamed' | 'taken' | 'missing'> {
  const names = sql.table(collectionTables[kind].names);
  const { rows } = await sql`
    update ${names} n set name = ${name}
    where id = ${id} and not exists (select from ${names} o where o.name = ${name} and o.id <> n.id)
    returning id`.execute(trx);
  if (rows.length > 0) return 'renamed';
  return (await listCollections(trx, kind, id)).length > 0 ? 'taken' : 'missing';
}

/** Deletes it with its assignments and rules. The documents stay. */
export async function deleteCollection(trx: UserTransaction, kind: CollectionKind, id: string): Promise<boolean> {
  const { rows } = await sql`
    delete from ${sql.table(collectionTables[kind].names)} where id = ${id} returning id`.execute(trx);
  return rows.length > 0;
}

/**
 * Assigns or removes documents on behalf of a person. This overrides the rules: a removal is remembered. Ids that are
 * not the user's documents are ignored. @returns the number of documents that matched
 */
export async function assignByHand(
  trx: UserTransaction,
  kind: CollectionKind,
  change: {
    readonly userId: string;
    readonly id: string;
    readonly documentIds: readonly string[];
    readonly remove: boolean;
  },
): Promise<number> {
  const { links, column } = collectionTables[kind];
  const { rows } = await sql`
    insert into ${sql.table(links)} (user_id, ${sql.ref(column)}, document_id, assigned_by, is_removed)
    select ${change.userId}, ${change.id}, d.id, 'person', ${change.remove}
    from documents d where d.id = any(${change.documentIds}::uuid[]) order by d.id
    on conflict (${sql.ref(column)}, document_id) do update
      set assigned_by = 'person', is_removed = excluded.is_removed
    returning document_id`.execute(trx);
  return rows.length;
}
