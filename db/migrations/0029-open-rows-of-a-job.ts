import { type Kysely, sql } from 'kysely';

/**
 * What is still to be done of a job's containers and removals was read through all that was done already, for each page
 * again: the time of a job grew with the square of their number.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create index job_removals_to_confirm on job_removals (job_id, external_id)
      where reason = 'missed' and state = 'open'`.execute(db);
  await sql`create index job_containers_to_list on job_containers (job_id, external_id) where not listed`.execute(db);
}
