/** A database that disconnects does not end any process. */

import { expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { openDatabase } from '../../db/access/database.ts';
import { startEmbeddedDatabase } from '../../tools/local/children.ts';

test('a connection that breaks between two statements ends the transaction, not the process', async () => {
  const server = await startEmbeddedDatabase(0);
  await using db = openDatabase(server.url, 1);

  const transaction = db.transaction().execute(async (trx) => {
    await sql`select 1`.execute(trx);
    await server[Symbol.asyncDispose]();
    await sql`select 1`.execute(trx);
  });

  await expect(transaction).rejects.toThrow(/terminated|ECONNRESET|not queryable/);
}, 30_000);
