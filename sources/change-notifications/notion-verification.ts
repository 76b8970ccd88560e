/**
 * Notion proves a new webhook subscription by a token in its first request, which nothing proves. So one is taken only while
 * an operator waits for it, and only the first: what a stranger sends at another time is refused.
 */

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Long enough to press a button on Notion's page. */
const windowMs = 15 * 60_000;

export interface NotionVerification {
  /** Forgets an earlier token and waits for another. @returns until when */
  begin(): Promise<Date>;
  find(): Promise<{ readonly waitsUntil: Date | null; readonly token: string | null }>;
  /** @returns whether somebody waited for it and none had come */
  take(token: string): Promise<boolean>;
}

/** @param dataDir of all API processes: the one that Notion reaches need not be the one that was asked */
export function createNotionVerification(dataDir: string): NotionVerification {
  const waiting = join(dataDir, 'notion-verification-until');
  const received = join(dataDir, 'notion-verification-token');
  const waitsUntil = async (): Promise<Date | null> => {
    const until = new Date(Number(await readOrNull(waiting)) || 0);
    return until.getTime() > Date.now() ? until : null;
  };
  return {
    begin: async () => {
      const until = new Date(Date.now() + windowMs);
      await mkdir(dataDir, { recursive: true, mode: 0o700 });
      await rm(received, { force: true });
      await writeFile(waiting, String(until.getTime()), { mode: 0o600 });
      return until;
    },
    find: async () => ({ waitsUntil: await waitsUntil(), token: await readOrNull(received) }),
    take: async (token) => {
      if ((await waitsUntil()) === null) return false;
      try {
        // `wx` fails where the file exists: of two requests at once one is taken.
        await writeFile(received, token, { flag: 'wx', mode: 0o600 });
      } catch (error) {
        if (Error.isError(error) && 'code' in error && error.code === 'EEXIST') return false;
        throw error;
      }
      await rm(waiting, { force: true });
      return true;
    },
  };
}

async function readOrNull(file: string): Promise<string | null> {
  return await readFile(file, 'utf8').catch(() => null);
}
