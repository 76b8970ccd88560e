import { join } from 'node:path';
import { Piscina } from 'piscina';
import type { ExtractedDocument } from '../domain/documents.ts';
import { SyncError } from '../domain/errors.ts';
import { type ExtractionInput, extractDocument } from './extract-document.ts';
import type { ThreadResult } from './extraction-thread.ts';
import { formatOf } from './media-types.ts';

export interface ExtractorOptions {
  readonly threads: number;
  /** One item's time, in milliseconds; its thread is killed then. */
  readonly timeoutMs: number;
  /** One thread's heap, in megabytes. */
  readonly maxHeapMb: number;
}

export interface Extractor extends AsyncDisposable {
  /** @throws SyncError as `extractDocument`; `extraction_timeout` and `extraction_out_of_memory` for what went over the limits */
  readonly extract: (input: ExtractionInput, signal: AbortSignal) => Promise<ExtractedDocument>;
}

/** Up to this size plain text is cut where it is: handing it to a thread costs more than the work. */
const inlineBytes = 64 * 1024;
const inlineFormats = new Set(['text', 'markdown', 'csv', 'json']);

/** Reads documents in worker threads with limits, so that a hostile file costs one item and never the process. */
export function createExtractor(options: ExtractorOptions): Extractor {
  const pool = new Piscina<ExtractionInput, ThreadResult>({
    filename: join(import.meta.dirname, 'extraction-thread.ts'),
    minThreads: 0,
    maxThreads: options.threads,
    idleTimeout: 30_000,
    resourceLimits: { maxOldGenerationSizeMb: options.maxHeapMb },
    // Under a test runner's own flags the thread would not start.
    execArgv: [],
  });
  return {
    extract: async (input, signal) => {
      const format = formatOf(input.mimeType, input.name);
      if (format !== null && inlineFormats.has(format) && input.bytes.byteLength <= inlineBytes) {
        return await extractDocument(input);
      }
      return await extractInPool(pool, input, options.timeoutMs, signal);
    },
    [Symbol.asyncDispose]: async () => await pool.destroy(),
  };
}

async function extractInPool(
  pool: Piscina<ExtractionInput, ThreadResult>,
  input: ExtractionInput,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ExtractedDocument> {
  const timeout = new AbortController();
  const started = { timer: setTimeout(() => timeout.abort(), timeoutMs) };
  try {
    const result = await pool.run(input, { signal: AbortSignal.any([signal, timeout.signal]) });
    if ('document' in result) return result.document;
    throw new SyncError(result.kind, result);
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.signal.aborted) {
      throw new SyncError('unreadable', {
        code: 'extraction_timeout',
        message: `Reading this file took longer than ${timeoutMs / 1000} s.`,
      });
    }
    if (Error.isError(error) && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
      throw new SyncError('unreadable', {
        code: 'extraction_out_of_memory',
        message: 'Reading this file took more memory than one file may have.',
      });
    }
    throw error;
  } finally {
    clearTimeout(started.timer);
  }
}
