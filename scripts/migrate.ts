/** `npm run migrate`: brings the database that DATABASE_URL names up to date. */

import { readConfig } from '../config.ts';
import { openDatabase } from '../db/database.ts';
import { migrateToLatest } from '../db/migrate.ts';

const { databaseUrl } = readConfig();
if (databaseUrl === undefined) {
  console.error('Set DATABASE_URL. (`npm start` migrates its embedded database by itself.)');
  process.exit(2);
}
await using db = openDatabase(databaseUrl, 1);
const { applied } = await migrateToLatest(db);
console.log(`The database is up to date (${applied.length} migrations).`);
