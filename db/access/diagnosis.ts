import { type Kysely, sql } from 'kysely';
import type { Database } from './database.ts';

/** The state of the database as this login finds it, before anything of ours is assumed to be there. */
export interface DatabaseDiagnosis {
  /** As in `160004`. */
  readonly version: number;
  readonly vectorInstalled: string | null;
  readonly vectorAvailable: boolean;
  readonly maxConnections: number;
  readonly isSuperuser: boolean;
  /** Null: the role does not exist. */
  readonly appRole: { readonly isMember: boolean; readonly isRestricted: boolean } | null;
  /** Tables whose row-level security does not bind their owner. */
  readonly looseTables: readonly string[];
}

export async function diagnoseDatabase(db: Kysely<Database>): Promise<DatabaseDiagnosis> {
  const { rows } = await sql<DatabaseDiagnosis>`
    select current_setting('server_version_num')::int as version,
      (select extversion from pg_extension where extname = 'vector') as vector_installed,
      exists (select from pg_available_extensions where name = 'vector') as vector_available,
      current_setting('max_connections')::int as max_connections,
      (select rolsuper from pg_roles where rolname = current_user) as is_superuser,
      (select json_build_object('isMember', pg_has_role(current_user, oid, 'member'),
          'isRestricted', not (rolsuper or rolbypassrls or rolcanlogin))
        from pg_roles where rolname = 'headwater_app') as app_role,
      array(select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
        and relname not like 'kysely%' and not (relrowsecurity and relforcerowsecurity)) as loose_tables`.execute(db);
  const [diagnosis] = rows;
  if (diagnosis === undefined) throw new Error('a diagnosis without an answer');
  return diagnosis;
}
