import { availableParallelism } from 'node:os';
import { isSyncError, SyncError } from '../../domain/errors.ts';
import { type ExtractionInput, isUnfinishedReading, unfinishedReadings } from '../../domain/reading.ts';
import type { Exclusion, PreviewRequest, ReadDocument, TransformationPreview } from '../../domain/transformations.ts';
import type { UserPattern } from '../transformations/configs.ts';
import type { FactsInput, ReaderFunction, ReadInput } from './readers/protocol.ts';
import { createReaderPool, ReadingEnded, type ReadingEnd } from './readers/reader-pool.ts';
import { isScan } from './scan.ts';
import type { StageInput, StageResult } from './stage-document.ts';

export interface ExtractorOptions {
  /** Maximum number of concurrent readers per user; by default one per core. */
  readonly processes?: number;
  /** Timeout for one item in milliseconds, starting when a reader takes it; the reader is then killed. */
  readonly timeoutMs?: number;
  /** Maximum resident memory of one reader in megabytes; above it, the reader is killed. */
  readonly maxMemoryMb?: number;
  /** The program that readers run; tests provide one that misbehaves. */
  readonly program?: string;
}

export interface Extractor extends AsyncDisposable {
  /**
   * @throws SyncError the same as `extractDocument`; one of `unfinishedReadings` if a limit was exceeded or the reader
   * ended
   */
  readonly extract: (input: ExtractionInput, signal: AbortSignal, userId: string) => Promise<ReadDocument>;
  /**
   * Reads, transforms and encodes; a scan whose text must be recognized first is returned unchanged. @throws SyncError
   * the same as either
   */
  readonly read: (
    input: ReadInput & Pick<StageInput, 'transformations'>,
    signal: AbortSignal,
    userId: string,
  ) => Promise<StageResult | { readonly scanned: ReadDocument }>;
  /** @throws SyncError the same as `transformDocument`; one of `unfinishedReadings` */
  readonly transform: (input: StageInput, signal: AbortSignal, userId: string) => Promise<StageResult>;
  /** Returns which items the filters exclude by their facts alone. @throws the same as `transform` */
  readonly applyFilters: (
    input: FactsInput,
    signal: AbortSignal,
    userId: string,
  ) => Promise<readonly (Exclusion | null)[]>;
  /** @throws the same as `transform` */
  readonly preview: (request: PreviewRequest, signal: AbortSignal, userId: string) => Promise<TransformationPreview>;
  /**
   * Compiles new patterns and explains what is wrong with each, or returns null for it. Once one is refused, the others
   * are tried until `timeoutMs` has passed in all. @throws SyncError `readers_not_started`
   */
  readonly checkPatterns: (
    patterns: readonly UserPattern[],
    signal: AbortSignal,
    userId: string,
  ) => Promise<readonly (string | null)[]>;
  /** Starts a reader if none runs, so that it is ready when the first file is. */
  readonly prepare: () => void;
  /** Process ids of the current readers. */
  readonly pids: () => readonly number[];
}

const usualTimeoutMs = 60_000;
const usualMemoryMb = 1024;
/** A text of 5 million characters with its chunks, both original and embedded, takes about 60 MB. */
const maxAnswerBytes = 192 * 1024 * 1024;
const idleMs = 30_000;

/**
 * Reads and transforms documents in processes that can be killed, so that a hostile file or rule fails one item and
 * never this process. Nothing is read in this process, however small.
 */
export function createExtractor(options: ExtractorOptions = {}): Extractor {
  const { processes = availableParallelism(), timeoutMs = usualTimeoutMs, maxMemoryMb = usualMemoryMb } = options;
  const pool = createReaderPool({ ...options, processes, timeoutMs, maxMemoryMb, maxAnswerBytes, idleMs });
  const ask = async <Answer>(name: ReaderFunction, input: unknown, bytes: number, ...who: Who): Promise<Answer> => {
    const [signal, userId] = who;
    const request = { name, input, bytes, userId };
    const outcome = await pool.run(request, signal).catch((error: unknown) => {
      throw error instanceof ReadingEnded ? readingError(error.end, name, { timeoutMs, maxMemoryMb }) : error;
    });
    if ('answer' in outcome) return outcome.answer as Answer;
    throw new SyncError(outcome.kind, outcome);
  };
  const extract: Extractor['extract'] = (input, ...who) => ask('extract', input, input.bytes.byteLength, ...who);
  const transform: Extractor['transform'] = (input, ...who) =>
    ask('transform', input, 2 * input.document.text.length, ...who);
  return {
    extract,
    transform,
    // Transformations need a second call, so that a timeout can be attributed to the reading or to the rules.
    read: async ({ facts, transformations, target, ...input }, ...who) => {
      if (transformations.length === 0)
        return await ask('read', { ...input, facts, target } satisfies ReadInput, input.bytes.byteLength, ...who);
      const document = await extract(input, ...who);
      if (isScan(document)) return { scanned: document };
      return await transform({ document, facts, transformations, target }, ...who);
    },
    applyFilters: (input, ...who) => ask('applyFilters', input, 0, ...who),
    preview: (request, ...who) => ask('preview', request, 2 * request.document.text.length, ...who),
    checkPatterns: async (patterns, ...who) => {
      const started = performance.now();
      const problems: (string | null)[] = [];
      // One at a time, so that a reader that is killed has one pattern only.
      for (const pattern of patterns) {
        problems.push(await ask<string | null>('checkPattern', pattern, 0, ...who).catch(costlyPattern));
        const isRefused = problems.some((problem) => problem !== null);
        if (isRefused && performance.now() - started > timeoutMs) break;
      }
      return problems;
    },
    prepare: () => pool.prepare(),
    pids: () => pool.pids(),
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}

const costly =
  'takes too much time or memory to compile; use smaller repeat counts and fewer alternatives, or several patterns';

function costlyPattern(error: unknown): string {
  if (isSyncError(error) && isUnfinishedReading(error.code)) return costly;
  throw error;
}

type Who = [signal: AbortSignal, userId: string];

function readingError(end: ReadingEnd, name: ReaderFunction, limits: Limits): SyncError {
  const isReading = name === 'extract' || name === 'read';
  const what = isReading ? 'Reading this file' : 'Transforming this text';
  const again = 'The next sync tries again.';
  switch (end) {
    case 'timeout':
      return new SyncError('unreadable', {
        code: isReading ? unfinishedReadings.timeout : unfinishedReadings.transformationTimeout,
        message: `${what} took longer than ${limits.timeoutMs / 1000} s and was stopped. ${again}`,
      });
    case 'out_of_memory':
      return new SyncError('unreadable', {
        code: isReading ? unfinishedReadings.outOfMemory : unfinishedReadings.transformationOutOfMemory,
        message: `${what} needed more than ${limits.maxMemoryMb} MB of memory and was stopped. ${again}`,
      });
    case 'too_much_output':
      return new SyncError('unreadable', {
        code: unfinishedReadings.tooMuchOutput,
        message: `${what} produced more text than one document may have. ${again}`,
      });
    case 'crashed':
      return new SyncError('unreadable', {
        code: unfinishedReadings.crash,
        message: `${what} crashed the reader. ${again}`,
      });
    case 'not_started':
      return new SyncError('unavailable', {
        code: 'readers_not_started',
        message: 'The file readers do not start. It is retried automatically; the worker’s log says why.',
      });
  }
}

interface Limits {
  readonly timeoutMs: number;
  readonly maxMemoryMb: number;
}
