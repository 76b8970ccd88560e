import { type RawBuilder, sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';
import { isChildOf } from './item-look-ups.ts';

/**
 * If a container is moved or renamed, the vendor does not report the items below it, so their paths are computed from
 * the tree. Only paths that differ are written. Containers with an unknown parent are roots; a cycle is cut at depth
 * 100. A container without a name adds no path, because its items have paths of their own.
 * @param limit the most that are written; null for all @returns the number written
 */
export async function recomputePaths(
  trx: UserTransaction,
  dataSourceId: string,
  limit: number | null,
): Promise<number> {
  const { rows } = await sql<{ externalId: string; path: string }>`
    with recursive tree as (
      select c.external_id, c.name, c.name as path, 1 as depth
      from source_containers c
      where c.data_source_id = ${dataSourceId}
        and not exists (select from source_containers p
          where p.data_source_id = c.data_source_id and p.external_id = c.parent_external_id)
      union all
      select c.external_id, c.name, tree.path || '/' || c.name, tree.depth + 1
      from tree join source_containers c
        on ${isChildOf('c', dataSourceId, sql`tree.external_id`)}
      where tree.depth < 100
    ), other as materialized (
      select s.external_id, tree.path || '/' || s.name as path
      from tree join sync_items s on ${isChildOf('s', dataSourceId, sql`tree.external_id`)}
      where tree.name <> '' and s.external_path <> tree.path || '/' || s.name
      limit ${limit}
    )
    update sync_items s set external_path = other.path, updated_at = now()
    from other
    where s.data_source_id = ${dataSourceId} and s.external_id = other.external_id
      and s.external_id = any(array(select external_id from other))
    returning s.external_id`.execute(trx);
  return rows.length;
}

/** What `foldCase` makes of a text. The database's own lower case depends on its locale. */
export function foldedCase(text: RawBuilder<unknown>): RawBuilder<string> {
  return sql`replace(replace(lower(${text}), 'ς', 'σ'), U&'i\\0307', 'i')`;
}
