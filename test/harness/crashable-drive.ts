/** A Drive that is synced while the processes of a `Crashable` are killed. */

import { type OpenDatabase, openDatabase } from '../../db/access/database.ts';
import type { UserTransaction } from '../../db/access/as-user.ts';
import { saveConnection } from '../../db/sources/credentials.ts';
import { createKeyring } from '../../sources/credentials/keyring.ts';
import { type GoogleSimulator, simulatedClient } from '../../tools/simulators/google/server.ts';
import type { OpenAiSimulator } from '../../tools/simulators/openai/server.ts';
import type { Crashable } from './crashable.ts';

const encryptionKey = 'cd'.repeat(32);
const keyring = createKeyring(encryptionKey);

/** Adds a connected source for this account. @returns its id */
export async function connectDrive(
  trx: UserTransaction,
  google: GoogleSimulator,
  { userId, email }: { readonly userId: string; readonly email: string },
): Promise<string> {
  const { id } = await trx
    .insertInto('dataSources')
    .values({ userId, name: 'Drive', sourceType: 'google_drive', config: '{}' })
    .returning('id')
    .executeTakeFirstOrThrow();
  const authData = keyring.seal({ ...google.oauth.issue(email), expiresAt: Date.now() + 3_500_000 }, id);
  await saveConnection(trx, id, { authData, provider: 'token', accountLabel: email });
  return id;
}

/** The embedded database has one connection, so a reader must be alone. */
export async function withDatabase<T>(crashable: Crashable, work: (db: OpenDatabase) => Promise<T>): Promise<T> {
  await using db = openDatabase(crashable.databaseUrl, crashable.poolSize);
  return await work(db);
}

/** A worker's environment variables. */
export function workerEnvironment(
  crashable: Crashable,
  { google, openai }: { readonly google: GoogleSimulator; readonly openai: OpenAiSimulator },
): Record<string, string> {
  return {
    DATABASE_URL: crashable.databaseUrl,
    DATABASE_POOL_SIZE: String(crashable.poolSize),
    TEMPORAL_ADDRESS: crashable.temporalAddress,
    DATA_DIR: crashable.dataDir,
    ENCRYPTION_KEY: encryptionKey,
    LOG_LEVEL: 'warn',
    OPENAI_API_KEY: 'simulated',
    OPENAI_BASE_URL: `${openai.url}/v1`,
    EMBEDDING_DIMENSIONS: '64',
    GOOGLE_CLIENT_ID: simulatedClient.clientId,
    GOOGLE_CLIENT_SECRET: simulatedClient.clientSecret,
    GOOGLE_API_BASE_URL: google.url,
    GOOGLE_TOKEN_URL: `${google.url}/token`,
    CEILINGS: 'google_drive=1000000',
  };
}
