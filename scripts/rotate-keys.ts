/** `npm run rotate-keys`: seals everything with ENCRYPTION_KEY that a key of ENCRYPTION_KEY_PREVIOUS has sealed. */

import { openDatabase } from '../db/access/database.ts';
import { ConfigError, readConfig } from '../platform/config.ts';
import { runProgram } from '../platform/main.ts';
import { createKeyring } from '../sources/credentials/keyring.ts';
import { rotateKeys } from '../sources/credentials/rotate-keys.ts';

await runProgram(async () => {
  const { databaseUrl, encryptionKey, previousEncryptionKeys } = readConfig();
  if (databaseUrl === undefined || encryptionKey === undefined)
    throw new ConfigError('Set DATABASE_URL, ENCRYPTION_KEY and ENCRYPTION_KEY_PREVIOUS.');
  await using db = openDatabase(databaseUrl, 1);
  const { current, sealedAnew, unreadable } = await rotateKeys(
    db,
    createKeyring(encryptionKey, previousEncryptionKeys),
  );
  console.log(`${sealedAnew} secrets were sealed with the current key; ${current} were already.`);
  if (unreadable > 0)
    throw new Error(
      `${unreadable} secrets open with none of these keys. Add the key that they were sealed with to ENCRYPTION_KEY_PREVIOUS, or let their owners connect again.`,
    );
});
