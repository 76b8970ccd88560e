/** Inserts documents into a database as a sync would leave them: chunks, vectors, a live generation. */

import { randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { asUser } from '../../../db/access/as-user.ts';
import type { Database } from '../../../db/access/database.ts';
import { embedTexts } from '../../../content/embeddings/batch.ts';
import type { Embedder } from '../../../content/embeddings/embedder.ts';
import { chunkText } from '../../../content/extraction/chunk.ts';
import { wordsOf } from '../../../content/words/words.ts';
import { userTag } from '../../../db/documents/word-index.ts';
import { toVector } from '../../../domain/search.ts';
import type { VectorIndex } from '../../../content/vectors/vector-index.ts';

export interface SampleDocument {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

const documentsPerStatement = 500;

/** @returns a map from each document's id to the sample's id */
export async function insertDocuments(
  deps: { readonly db: Kysely<Database>; readonly embedder: Embedder; readonly index: VectorIndex },
  userId: string,
  samples: readonly SampleDocument[],
): Promise<Map<string, string>> {
  const tag = userTag(userId);
  const documents = samples.map((sample) => ({
    ...sample,
    documentId: randomUUID(),
    generation: randomUUID(),
    words: toVector(tag, wordsOf(sample.title)),
    chunks: chunkText(sample.text, null, { title: sample.title }).map((chunk) => ({
      ...chunk,
      words: toVector(tag, chunk.words),
    })),
  }));
  const texts = documents.flatMap((document) => document.chunks);
  const signal = AbortSignal.timeout(600_000);
  await embedTexts(deps.embedder, texts, signal, async (records) => {
    await deps.index.upsert(userId, records, signal);
  });
  for (let at = 0; at < documents.length; at += documentsPerStatement) {
    const rows = documents.slice(at, at + documentsPerStatement);
    await asUser(deps.db, userId, async (trx) => {
      await sql`
        insert into documents (id, user_id, external_id, item_type, title, content_hash, pipeline_version,
          live_generation, chunk_count, version, search)
        select "documentId", ${userId}, id, 'file', title, id, 'bench', generation, json_array_length(chunks), 1, words
        from json_to_recordset(${JSON.stringify(rows)}::json)
          as x("documentId" uuid, id text, title text, generation uuid, chunks json, words tsvector)`.execute(trx);
      await sql`
        insert into document_chunks (user_id, document_id, generation, ordinal, text, text_hash, tokens, search)
        select ${userId}, x."documentId", x.generation, c.position - 1, c.chunk->>'text', c.chunk->>'textHash',
          (c.chunk->>'tokens')::integer, (c.chunk->>'words')::tsvector
        from json_to_recordset(${JSON.stringify(rows)}::json) as x("documentId" uuid, generation uuid, chunks json),
          json_array_elements(x.chunks) with ordinality as c(chunk, position)`.execute(trx);
    });
  }
  return new Map(documents.map((document) => [document.documentId, document.id]));
}
