/**
 * Simulates another tenant's first sync, as fast as one connection writes, until the process that forked it disconnects.
 * It is a process of its own, as a worker is beside the API. `node search-writer.ts DATABASE_URL`
 */

import { openDatabase } from '../../db/access/database.ts';
import { documentsPerStatement, fillTenant } from './search-tenants.ts';

const [url = ''] = process.argv.slice(2);
process.once('disconnect', () => process.exit());
const db = openDatabase(url, 1);
while (process.connected) {
  await fillTenant(db, 'syncing tenant', documentsPerStatement);
  process.send?.('written');
}
