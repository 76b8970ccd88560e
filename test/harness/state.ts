import { sql } from 'kysely';
import type { TestHeadwater } from './headwater.ts';

/** A user's live documents, from path to text, as a search would find them. */
export async function contentOf(headwater: Pick<TestHeadwater, 'as'>, userId: string): Promise<Record<string, string>> {
  const rows = await headwater.as(
    userId,
    async (trx) =>
      (
        await sql<{ path: string; text: string }>`
        select s.external_path as path, coalesce(string_agg(c.text, '' order by c.ordinal), '') as text
        from documents d
        join sync_items s on s.data_source_id = d.data_source_id and s.external_id = d.external_id
        left join document_chunks c on c.document_id = d.id and c.generation = d.live_generation
        where d.live_generation is not null
        group by s.external_path, d.id order by s.external_path`.execute(trx)
      ).rows,
  );
  return Object.fromEntries(rows.map((row) => [row.path, row.text]));
}

/** The paths of a user's live documents, in order. */
export async function titlesOf(headwater: Pick<TestHeadwater, 'as'>, userId: string): Promise<string[]> {
  return Object.keys(await contentOf(headwater, userId)).toSorted();
}

/** The notes on a user's items, by name; null for an item without one. */
export async function notesOf(headwater: Pick<TestHeadwater, 'as'>, userId: string) {
  const items = await headwater.as(userId, (trx) =>
    trx.selectFrom('syncItems').select('notes').orderBy('name').execute(),
  );
  return items.map(({ notes }) => notes);
}

/** A user's skipped items by name, with the reason. */
export async function skippedOf(headwater: Pick<TestHeadwater, 'as'>, userId: string) {
  return await headwater.as(userId, (trx) =>
    trx
      .selectFrom('syncItems')
      .select(['name', 'lastErrorCode'])
      .where('syncStatus', '=', 'skipped')
      .orderBy('name')
      .execute(),
  );
}
