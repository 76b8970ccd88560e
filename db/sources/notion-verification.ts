import { type Kysely, sql } from 'kysely';
import { asUser } from '../access/as-user.ts';
import type { Database } from '../access/database.ts';
import { toJson } from '../access/parameters.ts';

/** Forgets an earlier token and waits for another. @returns until when */
export async function beginNotionVerification(db: Kysely<Database>, seconds: number): Promise<Date> {
  return await asUser(db, '', async (trx) => {
    const { rows } = await sql<{ until: Date }>`select begin_notion_verification(${seconds}) as until`.execute(trx);
    return rows[0]?.until ?? new Date(0);
  });
}

/** @param sealed the encrypted token @returns whether somebody waited for it and none had come */
export async function takeNotionVerification(db: Kysely<Database>, sealed: object): Promise<boolean> {
  return await asUser(db, '', async (trx) => {
    const { rows } = await sql<{ taken: boolean }>`
      select take_notion_verification(${toJson(sealed)}::jsonb) as taken`.execute(trx);
    return rows[0]?.taken ?? false;
  });
}

/** @returns null if nobody has ever waited */
export async function findNotionVerification(
  db: Kysely<Database>,
): Promise<{ readonly waitsUntil: Date; readonly token: unknown } | null> {
  return await asUser(db, '', async (trx) => {
    const { rows } = await sql<{ waitsUntil: Date; token: unknown }>`
      select * from find_notion_verification()`.execute(trx);
    return rows[0] ?? null;
  });
}
