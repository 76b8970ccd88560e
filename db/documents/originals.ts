/** The original text of stored documents, before transformations, wherever it is stored. */

import { sql } from 'kysely';
import type { ItemType, SourceType } from '../../domain/source.ts';
import type { ItemFacts, Metadata, OriginalPlace, ReadDocument } from '../../domain/transformations.ts';
import type { UserTransaction } from '../access/as-user.ts';
import type { BatchKey } from '../jobs/ledger.ts';
import { hasOriginal } from '../items/stale.ts';

interface OriginalRow {
  readonly id: string;
  readonly title: string;
  readonly contentHash: string;
  readonly metadata: Metadata;
  readonly text: string;
}

const original = sql`d.id, coalesce(d.metadata ->> 'title', d.title) as title, d.content_hash,
  coalesce(o.metadata, d.metadata - 'title') as metadata,
  coalesce(o.text, (select string_agg(c.text, '' order by c.ordinal) from document_chunks c
    where c.document_id = d.id and c.generation = d.live_generation), '') as text`;

/** Finds the original texts of these documents, by id. */
export async function findOriginals(
  trx: UserTransaction,
  documentIds: readonly string[],
): Promise<ReadonlyMap<string, ReadDocument>> {
  const { rows } = await sql<OriginalRow>`
    select ${original} from documents d left join original_texts o on o.document_id = d.id
    where d.id = any(${documentIds}::uuid[]) and d.live_generation is not null`.execute(trx);
  return new Map(rows.map((row) => [row.id, toReadDocument(row)]));
}

function toReadDocument({ title, contentHash, metadata, text }: OriginalRow): ReadDocument {
  return { title, contentHash, metadata, text };
}

export interface PreviewDocument {
  readonly documentId: string;
  /** False if only the transformed text is stored. */
  readonly isOriginal: boolean;
  readonly facts: ItemFacts;
  readonly document: ReadDocument;
  readonly liveHashes: readonly string[];
}

interface PreviewRow extends OriginalRow {
  readonly place: OriginalPlace;
  readonly sourceType: SourceType;
  readonly itemType: ItemType;
  readonly name: string;
  readonly path: string;
  readonly mimeType: string | null;
  readonly size: string | null;
  readonly modifiedAt: Date | null;
  readonly liveHashes: readonly string[];
}

/** Finds a live document whose source still exists, by its own id or by its item's. */
export async function findPreviewDocument(
  trx: UserTransaction,
  key: {
    readonly documentId?: string | undefined;
    readonly dataSourceId?: string | undefined;
    readonly externalId?: string | undefined;
  },
): Promise<PreviewDocument | undefined> {
  const { rows } = await sql<PreviewRow>`
    select ${original}, d.original as place, src.source_type, i.item_type,
      coalesce(substring(d.member_path from '[^/]*$'), i.name) as name,
      i.external_path || coalesce('!/' || d.member_path, '') as path,
      case when d.archive_id is null then i.mime_type else d.mime_type end as mime_type,
      case when d.archive_id is null then i.size end as size, i.external_modified_at as modified_at,
      array(select c.text_hash from document_chunks c
        where c.document_id = d.id and c.generation = d.live_generation) as live_hashes
    from documents d
    join data_sources src on src.id = d.data_source_id
    join sync_items i on i.data_source_id = d.data_source_id and i.external_id = d.external_id
    left join original_texts o on o.document_id = d.id
    where d.live_generation is not null and ${
      key.documentId === undefined
        ? sql`d.data_source_id = ${key.dataSourceId} and d.external_id = ${key.externalId} and d.archive_id is null`
        : sql`d.id = ${key.documentId}`
    }`.execute(trx);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { sourceType, itemType, name, path, mimeType, size, modifiedAt } = row;
  return {
    documentId: row.id,
    isOriginal: row.place !== 'nowhere',
    facts: {
      sourceType,
      itemType,
      name,
      path,
      mimeType,
      size: size === null ? null : Number(size),
      modifiedAt: modifiedAt?.toISOString() ?? null,
    },
    document: toReadDocument(row),
    liveHashes: row.liveHashes,
  };
}

/**
 * Marks the items of a batch that are to be processed again and whose original text is stored. They need no download
 * and continue without bytes (`content_hash` null).
 */
export async function useOriginals(trx: UserTransaction, key: BatchKey, pipelineVersion: string): Promise<void> {
  await sql`
    update job_items j set state = 'downloaded', content_hash = null, content_mime_type = d.mime_type, updated_at = now()
    from documents d
    where j.job_id = ${key.jobId} and j.page = ${key.page} and j.batch = ${key.batch} and j.state = 'planned'
      and j.action = 'reprocess' and d.id = j.document_id and ${hasOriginal(pipelineVersion)}`.execute(trx);
}
