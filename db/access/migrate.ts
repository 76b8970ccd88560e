import { type Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Database } from './database.ts';
import { migrations } from '../migrations/index.ts';

/** What `migrationState` and `migrateToLatest` report: names in order. */
export interface MigrationState {
  readonly applied: readonly string[];
  readonly pending: readonly string[];
}

/** The database was written by a newer Headwater, or a migration failed. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/**
 * Runs what is pending, in order, under Kysely's lock: several processes may start at once.
 * @throws MigrationError naming the migration that failed, the unknown ones of a newer version, or a locale that does not do
 */
export async function migrateToLatest(db: Kysely<Database>): Promise<MigrationState> {
  await refuseNewerDatabase(db);
  await refuseAsciiCase(db);
  const { error, results } = await createMigrator(db).migrateToLatest();
  if (error !== undefined) {
    const failed = results?.find((result) => result.status === 'Error')?.migrationName ?? 'unknown';
    throw new MigrationError(`Migration ${failed} failed: ${Error.isError(error) ? error.message : 'unknown error'}`, {
      cause: error,
    });
  }
  return await migrationState(db);
}

/** What has run and what has not. Creates nothing but Kysely's own bookkeeping tables. */
export async function migrationState(db: Kysely<Database>): Promise<MigrationState> {
  const all = await createMigrator(db).getMigrations();
  return {
    applied: all.filter((m) => m.executedAt !== undefined).map((m) => m.name),
    pending: all.filter((m) => m.executedAt === undefined).map((m) => m.name),
  };
}

function createMigrator(db: Kysely<Database>): Migrator {
  return new Migrator({ db: db.withoutPlugins(), provider: { getMigrations: async () => ({ ...migrations }) } });
}

/** Vendors that tell of a deleted path tell it in small letters: where `lower` knows ASCII only, what lies there stays for ever. */
async function refuseAsciiCase(db: Kysely<Database>): Promise<void> {
  const { rows } = await sql<{ folds: boolean }>`select lower('ÀЖ') = 'àж' as folds`.execute(db);
  if (rows[0]?.folds !== true) {
    throw new MigrationError(
      "This database's locale knows no letters but A to Z. Create it with another: create database headwater template template0 encoding 'UTF8' locale 'C.UTF-8'.",
    );
  }
}

async function refuseNewerDatabase(db: Kysely<Database>): Promise<void> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === 'kysely_migration')) return;
  const rows = await db
    .withoutPlugins()
    .withTables<{ kysely_migration: { name: string } }>()
    .selectFrom('kysely_migration')
    .select('name')
    .orderBy('name')
    .execute();
  const unknown = rows.map((row) => row.name).filter((name) => !(name in migrations));
  if (unknown.length > 0) {
    throw new MigrationError(
      `This database was migrated by a newer Headwater (unknown here: ${unknown.join(', ')}). Update this checkout, or use another database.`,
    );
  }
}
