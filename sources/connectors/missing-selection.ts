/** Names what the config selects and the source no longer has: nothing of it is listed, which nobody would notice. */

import type { ErrorCode } from '../../domain/error-codes.ts';
import { idOfMissing } from '../../domain/missing-selection.ts';
import type { Entry } from '../../domain/source.ts';

interface MissingSelection {
  /** What it was: "folder", "shared drive". */
  readonly what: string;
  readonly id: string;
  readonly name: string;
  readonly code: ErrorCode;
  /** What became of it, as the ending of "This folder is selected, but …". */
  readonly problem: string;
  /** Set if what was synced of it stays, because it may still be there under another name. */
  readonly isKept?: boolean;
}

/** @returns a gap with an id of its own, because by itself it keeps nothing of what was synced */
export function missingSelection({ what, id, name, code, problem, isKept = false }: MissingSelection): Entry {
  const outcome = isKept ? 'stays as it was' : 'is removed';
  const message = `This ${what} is selected, but ${problem}. What was synced of it ${outcome}. Choose again what the source syncs.`;
  return { state: 'gap', externalId: idOfMissing(what, id), name, code, message, retryAfterMs: null };
}
