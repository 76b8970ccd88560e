/** Messages between Headwater and a reader, encoded by `frames.ts`. */

import type { ErrorCode } from '../../../domain/error-codes.ts';
import type { SyncErrorKind } from '../../../domain/errors.ts';
import type { ItemFacts, Transformation } from '../../../domain/transformations.ts';
import type { ExtractionInput } from '../../../domain/reading.ts';
import type { StagingTarget } from '../../staging/staged-document.ts';

/**
 * The functions of a reader. `read` is `extract` and `transform` in one call, for a document without transformations.
 */
export type ReaderFunction =
  | 'extract'
  | 'transform'
  | 'read'
  | 'preview'
  | 'applyFilters'
  | 'checkPattern'
  | 'recognize';

export interface ReaderRequest {
  readonly name: ReaderFunction;
  readonly input: unknown;
}

export interface ReadInput extends ExtractionInput {
  readonly facts: ItemFacts;
  readonly target: StagingTarget;
}

export interface FactsInput {
  readonly items: readonly ItemFacts[];
  readonly transformations: readonly Transformation[];
}

/** Errors are sent as data, because classes cannot cross the pipe. */
export type ReaderAnswer = Result & {
  /** The CPU time that the answer took on the reader's main thread, in milliseconds. */
  readonly cpuMs?: number;
};

type Result =
  | { readonly answer: unknown }
  | {
      readonly kind: SyncErrorKind;
      readonly code: ErrorCode;
      readonly message: string;
      readonly operatorMessage: string;
    };

/** The first frame from a reader. Each later one answers one request, in the order of the requests. */
export const readyMessage = 'ready';
