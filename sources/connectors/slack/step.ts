import type { Entry } from '../../../domain/source.ts';
import type { SlackCall } from './client.ts';
import type { SlackConfig } from './config.ts';
import type { Names } from './names.ts';
import type { Walk } from './position.ts';

/** The context shared by all parts of a listing. */
export interface SlackListing {
  readonly call: SlackCall;
  readonly config: SlackConfig;
  readonly names: Names;
  readonly signal: AbortSignal;
}

/** The result of one call: the listing's next state, and the entries found. */
export interface Step {
  readonly walk: Walk;
  readonly entries: readonly Entry[];
}
