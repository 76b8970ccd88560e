/** Rules that assign the documents of a source, or those below a path in it, to a project or a tag. */

import { sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';
import { type CollectionKind, collectionKinds, collectionTables } from './collections.ts';
import { itemOfDocument } from './document-queries.ts';

export interface AssignmentRule {
  readonly id: string;
  readonly dataSourceId: string;
  readonly path: string | null;
  readonly createdAt: Date;
}

const columns = ['id', 'dataSourceId', 'path', 'createdAt'] as const;

const ownerColumn = { project: 'projectId', tag: 'tagId' } as const satisfies Record<CollectionKind, string>;

export async function listRules(trx: UserTransaction, kind: CollectionKind, id: string): Promise<AssignmentRule[]> {
  return await trx
    .selectFrom('assignmentRules')
    .select(columns)
    .where(ownerColumn[kind], '=', id)
    .orderBy('id')
    .execute();
}

export interface NewAssignmentRule {
  readonly userId: string;
  readonly id: string;
  readonly dataSourceId: string;
  readonly path: string | null;
  readonly pathPattern: string | null;
}

/** Adds the rule and applies it. @returns null if `max` rules exist already */
export async function createRule(
  trx: UserTransaction,
  kind: CollectionKind,
  { id, ...rule }: NewAssignmentRule,
  max: number,
): Promise<AssignmentRule | null> {
  if ((await listRules(trx, kind, id)).length >= max) return null;
  const row = await trx
    .insertInto('assignmentRules')
    .values({ ...rule, [ownerColumn[kind]]: id })
    .returning(columns)
    .executeTakeFirstOrThrow();
  await applyRules(trx, rule.dataSourceId);
  return row;
}

/** Deletes the rule and the assignments that only this rule had made. */
export async function deleteRule(trx: UserTransaction, kind: CollectionKind, id: string, ruleId: string) {
  const row = await trx
    .deleteFrom('assignmentRules')
    .where('id', '=', ruleId)
    .where(ownerColumn[kind], '=', id)
    .returning('dataSourceId')
    .executeTakeFirst();
  if (row !== undefined) await applyRules(trx, row.dataSourceId);
  return row !== undefined;
}

export async function hasRules(trx: UserTransaction, dataSourceId: string): Promise<boolean> {
  const rule = await trx
    .selectFrom('assignmentRules')
    .select('id')
    .where('dataSourceId', '=', dataSourceId)
    .limit(1)
    .executeTakeFirst();
  return rule !== undefined;
}

/**
 * Updates the assignments of a source's documents (or of some of them) according to the rules, in two statements.
 * Assignments and removals made by a person are not changed.
 */
export async function applyRules(
  trx: UserTransaction,
  dataSourceId: string,
  documentIds?: readonly string[],
): Promise<void> {
  // If the source has no rule, the assignments of earlier rules were removed with the last of them.
  if (documentIds !== undefined && !(await hasRules(trx, dataSourceId))) return;
  const some = documentIds === undefined ? sql`` : sql`and d.id = any(${documentIds}::uuid[])`;
  for (const kind of collectionKinds) {
    const { links, column } = collectionTables[kind];
    // What matches is computed once (docs/decisions/40-plans-for-new-sources.md).
    await sql`
      with covered as materialized (
        select d.id, i.external_path from documents d left join ${itemOfDocument} i on true
        where d.data_source_id = ${dataSourceId} ${some}
      ), matching as materialized (
        select r.user_id, r.${sql.ref(column)} as owner_id, d.id as document_id
        from assignment_rules r join covered d
          on d.external_path is not null and (r.path_pattern is null or d.external_path ~* r.path_pattern)
        where r.data_source_id = ${dataSourceId} and r.${sql.ref(column)} is not null
      ), assigned as (
        insert into ${sql.table(links)} (user_id, ${sql.ref(column)}, document_id, assigned_by)
        select distinct user_id, owner_id, document_id, 'rule' from matching order by document_id, owner_id
        on conflict do nothing
      )
      delete from ${sql.table(links)}
      where document_id = any(array(select id from covered)) and assigned_by = 'rule'
        and (${sql.ref(column)}, document_id) not in (select owner_id, document_id from matching)`.execute(trx);
  }
}
