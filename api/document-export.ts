/** The export: every document with its chunks as one line of JSON, read while it is sent. */

import { Readable } from 'node:stream';
import { asUser, type UserTransaction } from '../db/access/as-user.ts';
import {
  type DocumentChange,
  type ExportedChunk,
  type FeedPosition,
  listChunksOf,
  openFeed,
  readChanges,
} from '../db/documents/changes.ts';
import { findSpaces } from '../db/vectors/vector-spaces.ts';
import type { VectorSpace } from '../domain/vectors.ts';
import type { ApiDependencies } from './dependencies.ts';
import { cursorExpired, encodeFeedCursor } from './feed-cursor.ts';
import { Problem } from './problem.ts';
import { serializeDocument } from './serializers.ts';

/** Documents that are looked at together. */
const documentsPerPage = 200;
/** The texts of a page are in memory while they are sent: about 4 bytes a token, 40 times that with vectors. */
const tokensPerPage = { withoutVectors: 250_000, withVectors: 50_000 };

export interface ExportRequest {
  readonly userId: string;
  /** Null if the export starts at the beginning. */
  readonly after: FeedPosition | null;
  readonly dataSourceId: string | undefined;
  readonly withVectors: boolean;
  /** Changes after which this answer ends; it has all if there is none. */
  readonly limit?: number | undefined;
}

/** The rows that are read together: changes in order, and the chunks of the documents in them. */
export interface ExportPage {
  readonly changes: readonly DocumentChange[];
  readonly chunksOf: (documentId: string) => readonly ExportedChunk[];
  /** The position at which the page began; `next` is where the next one does. */
  readonly after: FeedPosition;
  readonly next: FeedPosition;
  readonly hasMore: boolean;
  /** Whether the answer ends with this page, because nothing follows or because of its limit. */
  readonly isLast: boolean;
}

/** Streams lines of JSON. @throws as `openExport` does */
export async function exportDocuments(deps: Pick<ApiDependencies, 'db'>, request: ExportRequest): Promise<Readable> {
  const pages = await openExport(deps, request);
  const lines = async function* () {
    for await (const page of pages) {
      const text = linesOf(page, request.withVectors);
      if (text !== '') yield text;
      if (page.isLast) yield endOf(page, request);
    }
  };
  return Readable.from(lines(), { highWaterMark: 1 });
}

/**
 * Reads page after page. Nothing is read from the database before the reader has taken what was read before, and no
 * transaction waits for the reader. The first page decides whether the export can begin, while a status can still say so.
 * @throws Problem 409 for vectors outside Postgres, 410 for a cursor that cannot be continued
 */
export async function openExport(
  deps: Pick<ApiDependencies, 'db'>,
  request: ExportRequest,
): Promise<AsyncGenerator<ExportPage>> {
  const { userId } = request;
  const begin = request.after ?? (await asUser(deps.db, userId, (trx) => openFeed(trx, userId)));
  let left = request.limit ?? Infinity;
  const read = async (after: FeedPosition): Promise<ExportPage> => {
    const page = await readPage(deps, request, after, Math.min(documentsPerPage, left));
    left -= page.changes.length;
    return { ...page, isLast: !page.hasMore || left <= 0 };
  };
  const first = await read(begin);
  return (async function* () {
    for (let page = first; ; page = await read(page.next)) {
      yield page;
      if (page.isLast) return;
    }
  })();
}

async function readPage(
  deps: Pick<ApiDependencies, 'db'>,
  request: ExportRequest,
  after: FeedPosition,
  limit: number,
): Promise<Omit<ExportPage, 'isLast'>> {
  const { userId, dataSourceId, withVectors } = request;
  return await asUser(
    deps.db,
    userId,
    async (trx) => {
      const all = await readChanges(trx, userId, after, { limit, latestOnly: true, dataSourceId });
      if (all === null) throw cursorExpired();
      const page = upTo(all, withVectors ? tokensPerPage.withVectors : tokensPerPage.withoutVectors);
      const ids = page.changes.flatMap(({ document }) => document?.id ?? []);
      const space = withVectors ? await findSpaceHere(trx) : null;
      const chunks = Map.groupBy(await listChunksOf(trx, ids, space), ({ documentId }) => documentId);
      return { ...page, after, chunksOf: (documentId: string) => chunks.get(documentId) ?? [] };
    },
    'snapshot',
  );
}

/** Names what an export contains, so that it can only be continued with the same options. */
export function optionsOf({ dataSourceId, withVectors }: ExportRequest) {
  return { dataSourceId: dataSourceId ?? null, vectors: withVectors };
}

function endOf({ next, hasMore }: ExportPage, request: ExportRequest): string {
  return `${JSON.stringify({ type: 'end', cursor: encodeFeedCursor(next), hasMore, ...optionsOf(request) })}\n`;
}

function linesOf({ changes, chunksOf, after }: ExportPage, withVectors: boolean): string {
  const lines = changes.map((change) => {
    const cursor = encodeFeedCursor({ ...after, position: change.position });
    return lineOfChange(change, chunksOf(change.documentId), cursor, withVectors);
  });
  return lines.join('');
}

type Read = Exclude<Awaited<ReturnType<typeof readChanges>>, null>;

/** Cuts what was read so that its texts fit in memory; one document always does. */
function upTo(all: Read, tokens: number): Read {
  let sum = 0;
  const end = all.changes.findIndex(({ document }, index) => {
    sum += document?.tokens ?? 0;
    return index > 0 && sum > tokens;
  });
  if (end < 0) return all;
  const changes = all.changes.slice(0, end);
  const position = changes.at(-1)?.position ?? all.next.position;
  return { changes, next: { ...all.next, position }, hasMore: true };
}

/** @throws Problem 409 if the vectors are stored elsewhere */
async function findSpaceHere(trx: UserTransaction): Promise<VectorSpace | null> {
  const [live] = await findSpaces(trx, 'live');
  if (live !== undefined && live.store !== 'pgvector')
    throw new Problem(
      409,
      'vectors_elsewhere',
      'The vectors are stored outside Postgres, so they are not part of an export. Export without them, and read them from the vector store.',
    );
  return live ?? null;
}

function lineOfChange(
  { document, documentId, dataSourceId, at }: DocumentChange,
  chunks: readonly ExportedChunk[],
  cursor: string,
  withVectors: boolean,
): string {
  if (document === null) {
    const deleted = { id: documentId, dataSourceId, deletedAt: at.toISOString() };
    return `${JSON.stringify({ type: 'deleted', cursor, document: deleted })}\n`;
  }
  const head = JSON.stringify({ type: 'document', cursor, document: serializeDocument(document) });
  const list = chunks.map((chunk) => jsonOfChunk(chunk, withVectors)).join(',');
  // The document's object and the line's end with a brace each.
  return `${head.slice(0, -2)},"chunks":[${list}]}}\n`;
}

/** A vector is JSON already: parsing thousands of numbers to write them again would take most of the time. */
function jsonOfChunk({ documentId: _documentId, vector, ...chunk }: ExportedChunk, withVectors: boolean): string {
  const json = JSON.stringify(chunk);
  return withVectors ? `${json.slice(0, -1)},"vector":${vector ?? 'null'}}` : json;
}
