import type { ErrorCode } from '../../domain/error-codes.ts';
import { SyncError } from '../../domain/errors.ts';
import { type RecognizedPage, unfinishedReadings } from '../../domain/reading.ts';
import { createReaderPool, ReadingEnded, type ReadingEnd } from './readers/reader-pool.ts';

export interface RecognizerOptions {
  /** Names from `recognitionLanguages`. */
  readonly languages: readonly string[];
  /** Timeout for one page in milliseconds; its reader is then killed. */
  readonly pageTimeoutMs: number;
  readonly maxMemoryMb: number;
  /** The program that readers run; tests provide one that misbehaves. */
  readonly program?: string;
}

export interface Recognizer extends AsyncDisposable {
  /** @throws SyncError the same as `recognizePage`; one of `unfinishedReadings` */
  readonly recognize: (
    input: { readonly bytes: Uint8Array; readonly page: number },
    signal: AbortSignal,
    userId: string,
  ) => Promise<RecognizedPage>;
  /** Identifies the engine, its version, the rules for using it and the languages. */
  readonly settings: string;
}

/** Increased when the same image would give a different text. */
const version = 'tesseract-7.0.0-1';
/** Separate from the readers of ordinary documents, so that these never wait for text recognition. */
const processes = 1;
const maxAnswerBytes = 16 * 1024 * 1024;
const idleMs = 60_000;

/** Recognizes text in images, one page at a time, in a separate process that can be killed. */
export function createRecognizer({ languages, pageTimeoutMs, ...options }: RecognizerOptions): Recognizer {
  const pool = createReaderPool({ ...options, processes, timeoutMs: pageTimeoutMs, maxAnswerBytes, idleMs });
  const names = languages.join('+');
  return {
    settings: `${version}/${names}`,
    recognize: async ({ bytes, page }, signal, userId) => {
      const request = {
        name: 'recognize',
        input: { bytes, page, languages: names },
        bytes: bytes.byteLength,
        userId,
      } as const;
      const outcome = await pool.run(request, signal).catch((error: unknown) => {
        throw error instanceof ReadingEnded ? recognitionError(error.end, page, { pageTimeoutMs, ...options }) : error;
      });
      if ('answer' in outcome) return outcome.answer as RecognizedPage;
      throw new SyncError(outcome.kind, outcome);
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}

function recognitionError(
  end: ReadingEnd,
  page: number,
  { pageTimeoutMs, maxMemoryMb }: Pick<RecognizerOptions, 'pageTimeoutMs' | 'maxMemoryMb'>,
): SyncError {
  const what = `Recognizing the text of page ${page + 1}`;
  switch (end) {
    case 'timeout':
      return unfinished(
        unfinishedReadings.recognitionTimeout,
        `${what} took longer than ${pageTimeoutMs / 1000} s and was stopped.`,
      );
    case 'out_of_memory':
      return unfinished(
        unfinishedReadings.outOfMemory,
        `${what} needed more than ${maxMemoryMb} MB of memory and was stopped.`,
      );
    case 'too_much_output':
      return unfinished(unfinishedReadings.tooMuchOutput, `${what} produced more text than one page may have.`);
    case 'crashed':
      return unfinished(unfinishedReadings.crash, `${what} crashed the reader.`);
    case 'not_started':
      return new SyncError('unavailable', {
        code: 'readers_not_started',
        message: 'The file readers do not start. It is retried automatically; the worker’s log says why.',
      });
  }
}

function unfinished(code: ErrorCode, message: string): SyncError {
  return new SyncError('unreadable', { code, message: `${message} The next sync tries again.` });
}
