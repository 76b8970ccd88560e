/** `npm run migrate`: migrates the database of DATABASE_URL to the latest version. */

import { ConfigError, readConfig } from '../platform/config.ts';
import { openDatabase } from '../db/access/database.ts';
import { migrateToLatest } from '../db/access/migrate.ts';
import { reachDatabase } from '../db/access/reach.ts';
import { runProgram } from '../platform/main.ts';

await runProgram(async () => {
  const { databaseUrl } = readConfig();
  if (databaseUrl === undefined)
    throw new ConfigError(
      'DATABASE_URL is not set. Set it to the database to migrate. (`npm start` migrates its embedded database by itself.)',
    );
  await using db = openDatabase(databaseUrl, 1);
  await reachDatabase(db, databaseUrl);
  const { applied } = await migrateToLatest(db);
  console.log(`The database is up to date (${applied.length} migrations).`);
});
