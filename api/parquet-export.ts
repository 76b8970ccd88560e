/** The export as a Parquet file: a row for each chunk, with the columns of its document, written while it is sent. */

import { Readable } from 'node:stream';
import { type BasicType, ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import type { DocumentChange, ExportedChunk } from '../db/documents/changes.ts';
import type { ApiDependencies } from './dependencies.ts';
import { type ExportRequest, openExport, optionsOf } from './document-export.ts';
import { encodeFeedCursor } from './feed-cursor.ts';

/** Rows of a group are in memory until it is written: about 4 MB of text, or as much with vectors. */
const tokensPerGroup = { withoutVectors: 1_000_000, withVectors: 100_000 };

interface Row {
  readonly change: DocumentChange;
  /** Null for a deleted document, and for one without text. */
  readonly chunk: ExportedChunk | null;
}

interface ParquetColumn {
  readonly name: string;
  readonly type: BasicType;
  readonly of: (row: Row) => unknown;
}

/** A column of the document; null in the row of a deleted one. */
function ofDocument(
  name: string,
  type: BasicType,
  of: (document: NonNullable<DocumentChange['document']>) => unknown,
): ParquetColumn {
  return { name, type, of: ({ change }) => (change.document === null ? null : of(change.document)) };
}

function ofChunk(name: string, type: BasicType, of: (chunk: ExportedChunk) => unknown): ParquetColumn {
  return { name, type, of: ({ chunk }) => (chunk === null ? null : of(chunk)) };
}

const columns: readonly ParquetColumn[] = [
  { name: 'position', type: 'INT64', of: ({ change }) => BigInt(change.position) },
  { name: 'deleted', type: 'BOOLEAN', of: ({ change }) => change.document === null },
  { name: 'document_id', type: 'STRING', of: ({ change }) => change.documentId },
  { name: 'data_source_id', type: 'STRING', of: ({ change }) => change.dataSourceId },
  ofDocument('external_id', 'STRING', ({ externalId }) => externalId),
  ofDocument('item_type', 'STRING', ({ itemType }) => itemType),
  ofDocument('title', 'STRING', ({ title }) => title),
  ofDocument('path', 'STRING', ({ path }) => path),
  ofDocument('mime_type', 'STRING', ({ mimeType }) => mimeType),
  ofDocument('source_url', 'STRING', ({ sourceUrl }) => sourceUrl),
  ofDocument('metadata', 'STRING', ({ metadata }) => JSON.stringify(metadata)),
  ofDocument('projects', 'STRING', ({ projects }) => JSON.stringify(projects)),
  ofDocument('tags', 'STRING', ({ tags }) => JSON.stringify(tags)),
  ofDocument('version', 'INT32', ({ version }) => version),
  ofDocument('modified_at', 'TIMESTAMP', ({ modifiedAt }) => modifiedAt),
  ofDocument('created_at', 'TIMESTAMP', ({ createdAt }) => createdAt),
  ofDocument('updated_at', 'TIMESTAMP', ({ updatedAt }) => updatedAt),
  ofChunk('chunk_id', 'STRING', ({ id }) => id),
  ofChunk('ordinal', 'INT32', ({ ordinal }) => ordinal),
  ofChunk('text', 'STRING', ({ text }) => text),
  ofChunk('text_hash', 'STRING', ({ textHash }) => textHash),
  ofChunk('tokens', 'INT32', ({ tokens }) => tokens),
  ofChunk('place', 'STRING', ({ place }) => JSON.stringify(place)),
];

const physicalTypes: Partial<Record<BasicType, Partial<SchemaElement>>> = {
  STRING: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  TIMESTAMP: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
};

/** A list of floats, in the three levels that readers expect. */
const vectorSchema: readonly SchemaElement[] = [
  { name: 'vector', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', repetition_type: 'REQUIRED', type: 'FLOAT' },
];

function schemaOf(withVectors: boolean): SchemaElement[] {
  const flat = columns.map(
    ({ name, type }) => ({ name, repetition_type: 'OPTIONAL', ...(physicalTypes[type] ?? { type }) }) as SchemaElement,
  );
  const root = { name: 'root', num_children: flat.length + (withVectors ? 1 : 0) };
  return [root, ...flat, ...(withVectors ? vectorSchema : [])];
}

/**
 * Streams the file. Its end has the cursor after it, so a file without an end is not complete, and no reader opens it.
 * @throws as `openExport` does
 */
export async function exportParquet(deps: Pick<ApiDependencies, 'db'>, request: ExportRequest): Promise<Readable> {
  const pages = await openExport(deps, request);
  const { withVectors } = request;
  const file = async function* () {
    const writer = new ByteWriter();
    const parquet = new ParquetWriter({ writer, schema: schemaOf(withVectors), createdBy: 'headwater' });
    const max = withVectors ? tokensPerGroup.withVectors : tokensPerGroup.withoutVectors;
    let [rows, tokens, changes, deletions] = [[] as Row[], 0, 0, 0];
    for await (const page of pages) {
      changes += page.changes.length;
      deletions += page.changes.filter(({ document }) => document === null).length;
      for (const change of page.changes) {
        rows.push(...rowsOf(change, page.chunksOf(change.documentId)));
        tokens += change.document?.tokens ?? 0;
      }
      if (rows.length > 0 && (tokens >= max || page.isLast)) {
        writeGroup(parquet, rows, withVectors);
        [rows, tokens] = [[], 0];
        yield take(writer);
      }
      parquet.kvMetadata = [
        { key: 'headwater.cursor', value: encodeFeedCursor(page.next) },
        { key: 'headwater.hasMore', value: String(page.hasMore) },
        { key: 'headwater.changes', value: String(changes) },
        { key: 'headwater.deletions', value: String(deletions) },
        { key: 'headwater.options', value: JSON.stringify(optionsOf(request)) },
      ];
    }
    void parquet.finish();
    yield take(writer);
  };
  return Readable.from(file(), { highWaterMark: 1, objectMode: false });
}

function rowsOf(change: DocumentChange, chunks: readonly ExportedChunk[]): Row[] {
  return chunks.length === 0 ? [{ change, chunk: null }] : chunks.map((chunk) => ({ change, chunk }));
}

function writeGroup(parquet: ParquetWriter, rows: readonly Row[], withVectors: boolean): void {
  const columnData = columns.map(({ name, of }) => ({ name, data: rows.map(of) }));
  const vectors = { name: 'vector', data: rows.map(({ chunk }) => numbersOf(chunk?.vector ?? null)) };
  // The writer needs no time of its own: it writes to memory.
  void parquet.write({ columnData: withVectors ? [...columnData, vectors] : columnData, rowGroupSize: rows.length });
}

function numbersOf(vector: string | null): number[] | null {
  return vector === null ? null : (JSON.parse(vector) as number[]);
}

/** Takes the bytes written since the last call. Positions in the file go on. */
function take(writer: ByteWriter): Buffer {
  const bytes = Buffer.from(writer.getBytes());
  writer.index = 0;
  return bytes;
}
