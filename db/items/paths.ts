import { type RawBuilder, sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';
import { isChildOf } from './item-look-ups.ts';

/**
 * If a container is moved or renamed, the vendor does not report the items below it, so their paths are computed from
 * the tree. Only paths that differ are written. Containers with an unknown parent are roots; a cycle is cut at depth
 * 100. A container without a name adds no path, because its items have paths of their own.
 */
export async function recomputePaths(trx: UserTransaction, dataSourceId: string): Promise<void> {
  await sql`
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
    )
    update sync_items s set external_path = tree.path || '/' || s.name, updated_at = now()
    from tree
    where ${isChildOf('s', dataSourceId, sql`tree.external_id`)} and tree.name <> ''
      and s.external_path <> tree.path || '/' || s.name`.execute(trx);
}

/** What `foldCase` makes of a text. The database's own lower case depends on its locale. */
export function foldedCase(text: RawBuilder<unknown>): RawBuilder<string> {
  return sql`replace(replace(lower(${text}), 'ς', 'σ'), U&'i\\0307', 'i')`;
}
