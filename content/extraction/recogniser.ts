import type { ErrorCode } from '../../domain/error-codes.ts';
import { SyncError } from '../../domain/errors.ts';
import { type RecognisedPage, unfinishedReadings } from '../../domain/reading.ts';
import { createReaderPool, ReadingEnded, type ReadingEnd } from './readers/reader-pool.ts';

export interface RecogniserOptions {
  /** Names of `recognitionLanguages`. */
  readonly languages: readonly string[];
  /** One page's time, in milliseconds; its reader is killed then. */
  readonly pageTimeoutMs: number;
  readonly maxMemoryMb: number;
  /** What readers run; tests bring one that misbehaves. */
  readonly program?: string;
}

export interface Recogniser extends AsyncDisposable {
  /** @throws SyncError as `recognisePage`; one of `unfinishedReadings` */
  readonly recognise: (
    input: { readonly bytes: Uint8Array; readonly page: number },
    signal: AbortSignal,
    userId: string,
  ) => Promise<RecognisedPage>;
  /** Names the engine, its version, the rules for using it and the languages. */
  readonly settings: string;
}

/** Raised when the same picture would read differently. */
const version = 'tesseract-7.0.0-1';
/** Apart from the readers of ordinary documents, so that these never wait for it. */
const processes = 1;
const maxAnswerBytes = 16 * 1024 * 1024;
const idleMs = 60_000;

/** Recognises text in pictures, a page at a time, in a process of its own that can be killed. */
export function createRecogniser({ languages, pageTimeoutMs, ...options }: RecogniserOptions): Recogniser {
  const pool = createReaderPool({ ...options, processes, timeoutMs: pageTimeoutMs, maxAnswerBytes, idleMs });
  const names = languages.join('+');
  return {
    settings: `${version}/${names}`,
    recognise: async ({ bytes, page }, signal, userId) => {
      const request = {
        name: 'recognise',
        input: { bytes, page, languages: names },
        bytes: bytes.byteLength,
        userId,
      } as const;
      const outcome = await pool.run(request, signal).catch((error: unknown) => {
        throw error instanceof ReadingEnded ? toSyncError(error.end, page, { pageTimeoutMs, ...options }) : error;
      });
      if ('answer' in outcome) return outcome.answer as RecognisedPage;
      throw new SyncError(outcome.kind, outcome);
    },
    [Symbol.asyncDispose]: async () => await pool[Symbol.asyncDispose](),
  };
}

function toSyncError(
  end: ReadingEnd,
  page: number,
  { pageTimeoutMs, maxMemoryMb }: Pick<RecogniserOptions, 'pageTimeoutMs' | 'maxMemoryMb'>,
): SyncError {
  const what = `Recognising the text of page ${page + 1}`;
  switch (end) {
    case 'timeout':
      return unfinished(
        unfinishedReadings.recognitionTimeout,
        `${what} took longer than ${pageTimeoutMs / 1000} s and was stopped.`,
      );
    case 'out_of_memory':
      return unfinished(
        unfinishedReadings.outOfMemory,
        `${what} took more than ${maxMemoryMb} MB of memory and was stopped.`,
      );
    case 'too_much_output':
      return unfinished(unfinishedReadings.tooMuchOutput, `${what} gave more text than one page may have.`);
    case 'crashed':
      return unfinished(unfinishedReadings.crash, `${what} crashed the reader.`);
    case 'not_started':
      return new SyncError('unavailable', {
        code: 'readers_not_started',
        message: 'The readers of files do not start; it will be tried again.',
      });
  }
}

function unfinished(code: ErrorCode, message: string): SyncError {
  return new SyncError('unreadable', { code, message: `${message} The next sync tries again.` });
}
