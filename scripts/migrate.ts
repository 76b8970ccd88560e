/** `npm run migrate`: brings the database that DATABASE_URL names up to date. */

import { ConfigError, readConfig } from '../platform/config.ts';
import { openDatabase } from '../db/access/database.ts';
import { migrateToLatest } from '../db/access/migrate.ts';
import { runProgram } from '../platform/main.ts';

await runProgram(async () => {
  const { databaseUrl } = readConfig();
  if (databaseUrl === undefined)
    throw new ConfigError('Set DATABASE_URL. (`npm start` migrates its embedded database by itself.)');
  await using db = openDatabase(databaseUrl, 1);
  const { applied } = await migrateToLatest(db);
  console.log(`The database is up to date (${applied.length} migrations).`);
});
