import { join } from 'node:path';
import { Piscina } from 'piscina';
import { SyncError } from '../../domain/errors.ts';
import {
  type Exclusion,
  type PreviewRequest,
  type ReadDocument,
  transformationCodes,
  type TransformationPreview,
} from '../../domain/transformations.ts';
import { type ExtractionInput, extractDocument } from './extract-document.ts';
import type { FactsInput, ThreadResult } from './extraction-thread.ts';
import { formatOf } from './media-types.ts';
import { transformDocument, type TransformInput, type TransformResult } from './transform-document.ts';

export interface ExtractorOptions {
  readonly threads: number;
  /** One item's time, in milliseconds; its thread is killed then. */
  readonly timeoutMs: number;
  /** One thread's heap, in megabytes. */
  readonly maxHeapMb: number;
}

export interface Extractor extends AsyncDisposable {
  /** @throws SyncError as `extractDocument`; `extraction_timeout` and `extraction_out_of_memory` for what went over the limits */
  readonly extract: (input: ExtractionInput, signal: AbortSignal) => Promise<ReadDocument>;
  /** @throws SyncError as `transformDocument`; `transformation_timeout` and `transformation_out_of_memory` */
  readonly transform: (input: TransformInput, signal: AbortSignal) => Promise<TransformResult>;
  /** What filters leave out by facts alone. @throws as `transform` */
  readonly judge: (input: FactsInput, signal: AbortSignal) => Promise<readonly (Exclusion | null)[]>;
  /** @throws as `transform` */
  readonly preview: (request: PreviewRequest, signal: AbortSignal) => Promise<TransformationPreview>;
}

/** Up to this size plain text is read and cut where it is: handing it to a thread costs more than the work. */
const inlineBytes = 64 * 1024;
const inlineFormats = new Set(['text', 'markdown', 'csv', 'json']);

/** Reads and transforms documents in worker threads with limits, so that a hostile file or rule costs one item and never the process. */
export function createExtractor(options: ExtractorOptions): Extractor {
  const pool = new Piscina<unknown, ThreadResult<unknown>>({
    filename: join(import.meta.dirname, 'extraction-thread.ts'),
    minThreads: 0,
    maxThreads: options.threads,
    idleTimeout: 30_000,
    resourceLimits: { maxOldGenerationSizeMb: options.maxHeapMb },
    // Under a test runner's own flags the thread would not start.
    execArgv: [],
  });
  const run = async <Answer>(task: Task, signal: AbortSignal): Promise<Answer> =>
    (await runInPool(pool, task, options.timeoutMs, signal)) as Answer;
  return {
    extract: async (input, signal) => {
      const format = formatOf(input.mimeType, input.name);
      if (format !== null && inlineFormats.has(format) && input.bytes.byteLength <= inlineBytes) {
        return await extractDocument(input);
      }
      return await run({ name: 'read', input }, signal);
    },
    transform: async (input, signal) => {
      if (input.transformations.length === 0 && input.document.text.length <= inlineBytes)
        return transformDocument(input);
      return await run({ name: 'transform', input }, signal);
    },
    judge: async (input, signal) => await run({ name: 'judge', input }, signal),
    preview: async (input, signal) => await run({ name: 'preview', input }, signal),
    [Symbol.asyncDispose]: async () => await pool.destroy(),
  };
}

interface Task {
  /** An export of `extraction-thread.ts`. */
  readonly name: 'read' | 'transform' | 'judge' | 'preview';
  readonly input: unknown;
}

async function runInPool(
  pool: Piscina<unknown, ThreadResult<unknown>>,
  { name, input }: Task,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<unknown> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  const limits = name === 'read' ? readLimits : transformLimits;
  try {
    const result = await pool.run(input, { name, signal: AbortSignal.any([signal, timeout.signal]) });
    if ('answer' in result) return result.answer;
    throw new SyncError(result.kind, result);
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.signal.aborted) {
      throw new SyncError('unreadable', {
        code: limits.timeout,
        message: `${limits.what} took longer than ${timeoutMs / 1000} s.`,
      });
    }
    if (Error.isError(error) && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
      throw new SyncError('unreadable', {
        code: limits.outOfMemory,
        message: `${limits.what} took more memory than one file may have.`,
      });
    }
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

const readLimits = {
  what: 'Reading this file',
  timeout: 'extraction_timeout',
  outOfMemory: 'extraction_out_of_memory',
} as const;
const transformLimits = {
  what: 'Transforming this text',
  timeout: transformationCodes.timeout,
  outOfMemory: transformationCodes.outOfMemory,
} as const;
