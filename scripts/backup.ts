/** `npm run backup -- postgres://ADMIN@HOST/headwater FILE`: dumps the database, with counts and hashes for `npm run restore-drill`. */

import { ConfigError } from '../platform/config.ts';
import { runProgram } from '../platform/main.ts';
import { backUp, manifestOf } from '../tools/backup/backup.ts';

await runProgram(async () => {
  const [databaseUrl, dump] = process.argv.slice(2);
  if (databaseUrl === undefined || dump === undefined)
    throw new ConfigError('Usage: npm run backup -- postgres://ADMIN@HOST/headwater FILE (password: PGPASSWORD)');
  const contents = await backUp(databaseUrl, dump);
  console.log(`${dump} and ${manifestOf(dump)} hold ${Object.keys(contents).length} tables and rules.`);
});
