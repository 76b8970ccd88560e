import { type RawBuilder, sql } from 'kysely';

/**
 * A condition on `s` (sync_items): its live document has another title. The name is part of the embedded text, so such
 * an item is processed again, without a download if its text is stored. The name in `s` does not show it: it is stored
 * when the item is listed, and a stopped job may not have processed it since.
 */
export const isUnderOtherName = (name: RawBuilder<string>) => sql<boolean>`exists (select from documents d
  where d.id = s.local_document_id and d.live_generation is not null and d.title <> ${name} offset 0)`;
