import { type Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Database } from './database.ts';
import { migrations } from '../migrations/index.ts';

/** Names of migrations, in order, as reported by `migrationState` and `migrateToLatest`. */
export interface MigrationState {
  readonly applied: readonly string[];
  readonly pending: readonly string[];
}

/** Thrown if the database was written by a newer Headwater or a migration failed. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/**
 * Runs the pending migrations in order, under Kysely's lock, so that several processes may start at once.
 * @throws MigrationError that names the failed migration, the unknown migrations of a newer version, or an unsupported
 * locale
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

/** Lists the migrations that have run and the pending ones. It creates only Kysely's own bookkeeping tables. */
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

/**
 * Vendors that report a deleted path report it in lower case. If `lower` knew only ASCII letters, items at other paths
 * would never be deleted.
 */
async function refuseAsciiCase(db: Kysely<Database>): Promise<void> {
  const { rows } = await sql<{ folds: boolean }>`select lower('ÀЖ') = 'àж' as folds`.execute(db);
  if (rows[0]?.folds !== true) {
    throw new MigrationError(
      "This database's locale supports only the letters A to Z. Create the database with another locale: create database headwater template template0 encoding 'UTF8' locale 'C.UTF-8'.",
    );
  }
}

async function refuseNewerDatabase(db: Kysely<Database>): Promise<void> {
  const unknown = await newerMigrations(db);
  if (unknown.length > 0) {
    throw new MigrationError(
      `This database was migrated by a newer Headwater (unknown here: ${unknown.join(', ')}). Update this checkout, or use another database.`,
    );
  }
}

/** Names of migrations that a newer Headwater has run and that this one does not know. */
export async function newerMigrations(db: Kysely<Database>): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === 'kysely_migration')) return [];
  const rows = await db
    .withoutPlugins()
    .withTables<{ kysely_migration: { name: string } }>()
    .selectFrom('kysely_migration')
    .select('name')
    .orderBy('name')
    .execute();
  return rows.map((row) => row.name).filter((name) => !(name in migrations));
}
