/**
 * `npm run rotate-keys`: encrypts everything again with ENCRYPTION_KEY that was encrypted with a key of
 * ENCRYPTION_KEY_PREVIOUS.
 */

import { openDatabase } from '../db/access/database.ts';
import { reachDatabase } from '../db/access/reach.ts';
import { ConfigError, readConfig } from '../platform/config.ts';
import { runProgram } from '../platform/main.ts';
import { createKeyring } from '../sources/credentials/keyring.ts';
import { rotateKeys } from '../sources/credentials/rotate-keys.ts';

await runProgram(async () => {
  const { databaseUrl, encryptionKey, previousEncryptionKeys } = readConfig();
  if (databaseUrl === undefined || encryptionKey === undefined)
    throw new ConfigError('DATABASE_URL, ENCRYPTION_KEY or ENCRYPTION_KEY_PREVIOUS is missing. Set all three.');
  await using db = openDatabase(databaseUrl, 1);
  await reachDatabase(db, databaseUrl);
  const { current, sealedAnew, unreadable } = await rotateKeys(
    db,
    createKeyring(encryptionKey, previousEncryptionKeys),
  );
  console.log(`${sealedAnew} secrets were encrypted again with the current key; ${current} already were.`);
  if (unreadable > 0)
    throw new Error(
      `${unreadable} secrets cannot be decrypted with any of these keys. Add the key that encrypted them to ENCRYPTION_KEY_PREVIOUS, or let their owners connect again.`,
    );
});
