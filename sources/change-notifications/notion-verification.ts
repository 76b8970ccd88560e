/**
 * Notion proves a new webhook subscription by a token in its first request, which nothing proves. So one is taken only while
 * an operator waits for it, and only the first: what a stranger sends at another time is refused.
 */

import type { Kysely } from 'kysely';
import type { Database } from '../../db/access/database.ts';
import {
  beginNotionVerification,
  findNotionVerification,
  takeNotionVerification,
} from '../../db/sources/notion-verification.ts';

/** Long enough to press a button on Notion's page. */
const windowSeconds = 15 * 60;
const boundTo = 'the verification token of Notion';

export interface NotionVerification {
  /** Forgets an earlier token and waits for another. @returns until when */
  begin(): Promise<Date>;
  find(): Promise<{ readonly waitsUntil: Date | null; readonly token: string | null }>;
  /** @returns whether somebody waited for it and none had come */
  take(token: string): Promise<boolean>;
}

interface Parts {
  readonly db: Kysely<Database>;
  /** With the token Notion's notifications are signed, so it is stored encrypted. */
  readonly keyring: {
    seal(secret: unknown, boundTo: string): object;
    open(envelope: unknown, boundTo: string): unknown;
  };
}

/** Its state is in the database: the API process that Notion reaches need not be the one that was asked. */
export function createNotionVerification({ db, keyring }: Parts): NotionVerification {
  return {
    begin: () => beginNotionVerification(db, windowSeconds),
    find: async () => {
      const found = await findNotionVerification(db);
      if (found === null) return { waitsUntil: null, token: null };
      const token = found.token === null ? null : String(keyring.open(found.token, boundTo));
      return { waitsUntil: found.waitsUntil.getTime() > Date.now() ? found.waitsUntil : null, token };
    },
    take: async (token) => await takeNotionVerification(db, keyring.seal(token, boundTo)),
  };
}
