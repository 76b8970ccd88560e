/**
 * Look-ups of a source's items that stay look-ups whatever the planner expects of the source
 * (docs/decisions/40-plans-for-new-sources.md).
 */

import { type RawBuilder, sql } from 'kysely';

/**
 * Finds the item that the source has under an id, for each row of a statement: `cross join ${knownItem(…)} s`. `offset 0`
 * makes it a look-up by the whole key: joined, the planner may take a new source for one item and read all of its items
 * for each row.
 */
export const knownItem = (dataSourceId: string, externalId: RawBuilder<unknown>) => sql`lateral (
  select * from sync_items where data_source_id = ${dataSourceId} and external_id = ${externalId} offset 0)`;

/**
 * A condition on an item or a container: the source shows it in this parent. The indexes by parent also hold the user, whom
 * the policies name. The source is compared in a way that no index serves: through the key, which begins with the source,
 * all of its items would be read for each parent.
 */
export const isChildOf = (table: 's' | 'c', dataSourceId: string, parent: RawBuilder<unknown>) => sql<boolean>`(
  ${sql.ref(`${table}.parent_external_id`)} = ${parent}
  and ${sql.ref(`${table}.data_source_id`)} is not distinct from ${dataSourceId}::uuid)`;

/** Direct children of the rows of `inside`: items and containers, by the parent that they name. */
export const childrenOfInside = (dataSourceId: string) => sql`
  select child.external_id
  from inside i, lateral (
    select c.external_id from source_containers c where ${isChildOf('c', dataSourceId, sql`i.external_id`)}
    union all
    select s.external_id from sync_items s where ${isChildOf('s', dataSourceId, sql`i.external_id`)}
  ) child`;
