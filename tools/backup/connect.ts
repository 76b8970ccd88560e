import pg from 'pg';
import { UnreachableDatabase } from '../../db/access/reach.ts';

/**
 * Opens a connection, which is closed after the work.
 * @param url with a user that may read or create everything
 * @throws UnreachableDatabase
 */
export async function withConnection<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
  } catch (error) {
    throw new UnreachableDatabase(url, 'the address that was given', error);
  }
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
