/** What goes over the pipe between Headwater and a reader, as `frames.ts` packs it. */

import type { ErrorCode } from '../../../domain/error-codes.ts';
import type { SyncErrorKind } from '../../../domain/errors.ts';
import type { ItemFacts, Transformation } from '../../../domain/transformations.ts';

/** What a reader can be asked to do. */
export type ReaderFunction = 'extract' | 'transform' | 'preview' | 'judge' | 'recognise';

export interface ReaderRequest {
  readonly name: ReaderFunction;
  readonly input: unknown;
}

export interface FactsInput {
  readonly items: readonly ItemFacts[];
  readonly transformations: readonly Transformation[];
}

/** Errors cross the pipe as data: classes do not survive it. */
export type ReaderAnswer =
  | { readonly answer: unknown }
  | {
      readonly kind: SyncErrorKind;
      readonly code: ErrorCode;
      readonly message: string;
      readonly operatorMessage: string;
    };

/** The first frame from a reader. Every later one answers one request, in the order of the requests. */
export const readyMessage = 'ready';
