import type { Entry } from '../../../domain/source.ts';
import type { SlackCall } from './client.ts';
import type { SlackConfig } from './config.ts';
import type { Names } from './names.ts';
import type { Walk } from './position.ts';

/** What every part of a listing needs. */
export interface SlackListing {
  readonly call: SlackCall;
  readonly config: SlackConfig;
  readonly names: Names;
  readonly signal: AbortSignal;
}

/** What follows from one call: the listing's next state, and what was found. */
export interface Step {
  readonly walk: Walk;
  readonly entries: readonly Entry[];
}
