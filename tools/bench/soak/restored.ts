/** The database is backed up, restored on another server and compared with the sources, as the synced one is. */

import { join } from 'node:path';
import { openDatabase } from '../../../db/access/database.ts';
import { postgresBinaries, startRealPostgres } from '../../../test/harness/real-postgres.ts';
import { backUp } from '../../backup/backup.ts';
import { withRestored } from '../../backup/drill.ts';
import { compareWithTruth } from './comparison.ts';
import type { Truth } from './vendors/vendor.ts';

/**
 * @param from the database's URL, of a superuser
 * @param folder where the dump is written
 * @returns what is not as at the sources
 */
export async function compareRestored(
  from: string,
  folder: string,
  users: readonly { readonly userId: string; readonly truth: Truth }[],
): Promise<string[]> {
  const bin = await postgresBinaries();
  const dump = join(folder, 'soak.dump');
  await backUp(from, dump, bin);
  await using server = await startRealPostgres();
  return await withRestored(dump, server.url, { bin }, async (url) => {
    await using db = openDatabase(url, 1);
    const problems: string[] = [];
    for (const user of users) {
      const found = await compareWithTruth(db, user);
      problems.push(...found.map((problem) => `${user.userId}: ${problem}`));
    }
    return problems;
  });
}
