/** Encrypts all secrets of previous keys with the current one, so that the previous keys can be deleted. */

import type { Kysely } from 'kysely';
import { asUser, usersWithSecrets } from '../../db/access/as-user.ts';
import type { Database } from '../../db/access/database.ts';
import { listSealedSecrets, replaceSealedSecret, type SealedSecret } from '../../db/sources/sealed-secrets.ts';
import type { Keyring } from './keyring.ts';

export interface RotatedKeys {
  readonly current: number;
  readonly sealedAnew: number;
  /** Secrets that neither the current key nor a previous one opens: their owners must sign in again. */
  readonly unreadable: number;
}

const usersPerQuery = 100;

/**
 * Continues where it was stopped: secrets encrypted with the current key are skipped. Workers and the API may run at
 * the same time.
 */
export async function rotateKeys(db: Kysely<Database>, keyring: Keyring): Promise<RotatedKeys> {
  const counts = { current: 0, sealedAnew: 0, unreadable: 0 };
  for (let after = ''; ;) {
    const users = await usersWithSecrets(db, after, usersPerQuery);
    for (const userId of users) {
      const secrets = await asUser(db, userId, (trx) => listSealedSecrets(trx));
      for (const secret of secrets) counts[await rotateOne(db, keyring, userId, secret)]++;
    }
    after = users.at(-1) ?? '';
    if (users.length < usersPerQuery) return counts;
  }
}

async function rotateOne(
  db: Kysely<Database>,
  keyring: Keyring,
  userId: string,
  secret: SealedSecret,
): Promise<keyof RotatedKeys> {
  let replacement: unknown;
  try {
    if (keyring.isCurrent(secret.envelope)) return 'current';
    replacement = keyring.seal(keyring.open(secret.envelope, secret.id), secret.id);
  } catch {
    return 'unreadable';
  }
  const replaced = await asUser(db, userId, (trx) => replaceSealedSecret(trx, secret, replacement));
  // Another process has already encrypted it with the current key.
  return replaced ? 'sealedAnew' : 'current';
}
