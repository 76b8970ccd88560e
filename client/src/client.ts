import { HeadwaterError } from './errors.ts';
import {
  createOperations,
  type Deletion,
  type Document,
  type DocumentChange,
  type Job,
  type JobItem,
  type ListDocumentsQuery,
  type ListJobItemsQuery,
  type GetVectorOperationData,
  type ListJobsQuery,
} from './operations.ts';
import { type CallOptions, type ClientOptions, createExchange, readJson } from './request.ts';
import { waitForEnd, type WaitOptions } from './waiting.ts';

export interface ChangesOptions extends CallOptions {
  /** Called at the end with the cursor to keep, also if nothing has changed: an older one is good for 30 days only. */
  readonly onEnd?: (cursor: string) => void;
}

export interface Chunk {
  readonly id: string;
  readonly ordinal: number;
  readonly text: string;
  readonly textHash: string;
  readonly tokens: number;
  readonly place: unknown;
  /** The vector, in an export with vectors; null if there is none. */
  readonly vector?: readonly number[] | null;
}

/** The documents that an export was asked for. */
export interface ExportOptions {
  /** Null: documents of all sources. */
  readonly dataSourceId: string | null;
  readonly vectors: boolean;
}

/** One line of an export. The cursor continues after it, in an export or in the changes. */
export type ExportLine =
  | { readonly type: 'document'; readonly cursor: string; readonly document: Document & { readonly chunks: Chunk[] } }
  | {
      readonly type: 'deleted';
      readonly cursor: string;
      readonly document: { readonly id: string; readonly dataSourceId: string | null; readonly deletedAt: string };
    }
  | ({ readonly type: 'end'; readonly cursor: string; readonly hasMore: boolean } & ExportOptions);

export interface ExportQuery {
  readonly dataSourceId?: string | undefined;
  readonly vectors?: boolean | undefined;
  readonly cursor?: string | undefined;
  /** Documents after which the export ends; the cursor of its last line continues. */
  readonly limit?: number | undefined;
}

/** A change, and the cursor with which to continue once its page has been applied. */
export type FollowedChange = DocumentChange & { readonly cursor: string };

export type VectorOperation = GetVectorOperationData['operation'];

/** How often a broken export is resumed without a single further line. */
const maxBrokenExports = 5;

export type HeadwaterClient = ReturnType<typeof createClient>;

/** A client of one installation: every call of its API as a function, and what takes more than one call. */
export function createClient(options: ClientOptions) {
  const exchange = createExchange(options);
  const operations = createOperations(
    async (call) => await exchange(call, async (response) => await readJson(response, options.url)),
    async (call) => await exchange(call, (response) => response),
  );
  return {
    ...operations,

    /** Starts a job. A repetition after a lost answer returns the same job, by an Idempotency-Key. */
    startJob: async (body: Parameters<typeof operations.startJob>[0], call: CallOptions = {}) =>
      await operations.startJob(body, {
        ...call,
        headers: { 'idempotency-key': crypto.randomUUID(), ...call.headers },
      }),

    /** Waits until a job has ended, however it has. @returns the ended job */
    waitForJob: async (jobId: string, waiting: WaitOptions<Job> = {}): Promise<Job> =>
      await waitForEnd(async (call) => (await operations.getJob(jobId, call)).job, waiting),

    /** Waits until a deletion has ended, however it has. @returns the ended deletion */
    waitForDeletion: async (id: string, waiting: WaitOptions<Deletion> = {}): Promise<Deletion> =>
      await waitForEnd(async (call) => (await operations.getDeletion({ id }, call)).deletion, waiting),

    /** For operators: waits until a move or a check of all vectors has ended, however it has. @returns it */
    waitForVectorOperation: async (
      name: string,
      waiting: WaitOptions<VectorOperation> = {},
    ): Promise<VectorOperation> =>
      await waitForEnd(async (call) => (await operations.getVectorOperation(name, call)).operation, waiting),

    /** Every document, page after page: complete while syncs run, unless `order` is `changed`. */
    documents: (query: Omit<ListDocumentsQuery, 'cursor'> = {}, call: CallOptions = {}): AsyncGenerator<Document> =>
      each(async (cursor) => await operations.listDocuments({ ...query, cursor }, call), 'documents'),

    jobs: (query: Omit<ListJobsQuery, 'cursor'> = {}, call: CallOptions = {}): AsyncGenerator<Job> =>
      each(async (cursor) => await operations.listJobs({ ...query, cursor }, call), 'jobs'),

    jobItems: (
      jobId: string,
      query: Omit<ListJobItemsQuery, 'cursor'> = {},
      call: CallOptions = {},
    ): AsyncGenerator<JobItem> =>
      each(async (cursor) => await operations.listJobItems(jobId, { ...query, cursor }, call), 'items'),

    /** The changes after a cursor until now. Keep the cursor of the last one that you have applied. */
    changes: async function* (
      cursor?: string,
      { onEnd, ...call }: ChangesOptions = {},
    ): AsyncGenerator<FollowedChange> {
      for (let from = cursor, hasMore = true; hasMore;) {
        const page = await operations.listDocumentChanges({ cursor: from, limit: 200 }, call);
        // Only behind the last change of a page may the next call continue.
        const before = from ?? '';
        for (const [index, change] of page.changes.entries())
          yield { ...change, cursor: index === page.changes.length - 1 ? page.nextCursor : before };
        from = page.nextCursor;
        ({ hasMore } = page);
        if (!hasMore) onEnd?.(page.nextCursor);
      }
    },

    /** Every document with its chunks, resumed where the connection breaks. The last line is `end`. */
    exportLines: (query: ExportQuery = {}, call: CallOptions = {}): AsyncGenerator<ExportLine> =>
      resumed(async function* (cursor) {
        const { body } = await operations.exportDocuments({ ...query, cursor }, call);
        if (body !== null) yield* linesOf(body);
      }, query.cursor),
  };
}

async function* each<Key extends string, Item>(
  list: (cursor: string | undefined) => Promise<Readonly<Record<Key, readonly Item[]>> & { nextCursor: string | null }>,
  key: Key,
): AsyncGenerator<Item> {
  let cursor: string | undefined;
  do {
    const page = await list(cursor);
    yield* page[key];
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

async function* resumed(
  read: (cursor: string | undefined) => AsyncGenerator<ExportLine>,
  from: string | undefined,
): AsyncGenerator<ExportLine> {
  let cursor = from;
  for (let broken = 0; broken < maxBrokenExports; broken++) {
    try {
      for await (const line of read(cursor)) {
        yield line;
        broken = 0;
        ({ cursor } = line);
        if (line.type === 'end') return;
      }
    } catch (error) {
      // What the API refuses is refused again; a connection that breaks is another matter.
      if (error instanceof HeadwaterError) throw error;
    }
  }
  throw new HeadwaterError(0, { code: 'cut_off', detail: 'The export breaks off again and again.', cursor });
}

/** Complete lines. What follows the last end of a line was cut off. */
async function* linesOf(bytes: ReadableStream<Uint8Array>): AsyncGenerator<ExportLine> {
  const decoder = new TextDecoder();
  const parts: string[] = [];
  for await (const part of bytes as unknown as AsyncIterable<Uint8Array>) {
    const pieces = decoder.decode(part, { stream: true }).split('\n');
    for (const [index, piece] of pieces.entries()) {
      parts.push(piece);
      if (index === pieces.length - 1) continue;
      yield JSON.parse(parts.join('')) as ExportLine;
      parts.length = 0;
    }
  }
}
