import { type Kysely, sql } from 'kysely';

/**
 * Renames the kind of transformation that was called `normalise`. The owner of the table is subject to its policies,
 * which show no rows outside a user's scope, so they are suspended for the statement.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table etl_transformations no force row level security`.execute(db);
  await sql`
    update etl_transformations set transformation_type = 'normalize' where transformation_type = 'normalise'`.execute(
    db,
  );
  await sql`alter table etl_transformations force row level security`.execute(db);
}
