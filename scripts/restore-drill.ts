/**
 * `npm run restore-drill -- FILE postgres://ADMIN@HOST/postgres`: restores a dump of `npm run backup` into a scratch
 * database, compares it, tries ENCRYPTION_KEY and drops it. It ends with 1 unless everything is as it was.
 */

import { ConfigError, readConfig } from '../platform/config.ts';
import { runProgram } from '../platform/main.ts';
import { createKeyring } from '../sources/credentials/keyring.ts';
import { drillRestore } from '../tools/backup/drill.ts';

await runProgram(async () => {
  const [dump, serverUrl] = process.argv.slice(2);
  if (dump === undefined || serverUrl === undefined)
    throw new ConfigError('Usage: npm run restore-drill -- FILE postgres://ADMIN@HOST/postgres (password: PGPASSWORD)');
  const { encryptionKey, previousEncryptionKeys } = readConfig();
  const keyring = encryptionKey === undefined ? null : createKeyring(encryptionKey, previousEncryptionKeys);
  const { differences, rows, migrations, unreadableSecrets } = await drillRestore(dump, serverUrl, { keyring });
  for (const difference of differences) console.error(difference);
  if (unreadableSecrets === null) console.log('ENCRYPTION_KEY is not set, so it was not tried.');
  if (differences.length > 0 || (unreadableSecrets ?? 0) > 0)
    throw new Error(
      `The restored database differs in ${differences.length} ways; ${unreadableSecrets ?? 0} secrets cannot be decrypted.`,
    );
  console.log(`Restored and equal: ${rows} rows and rules. ${migrations} migrations ran afterwards.`);
});
