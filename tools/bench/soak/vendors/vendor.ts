import type { SourceType } from '../../../../domain/source.ts';
import type { FaultEffect, Faults } from '../../../simulators/kit/faults.ts';
import type { CallLog } from '../../../simulators/kit/call-log.ts';

/** A simulated vendor that the soak's users have accounts at. */
export interface SoakVendor {
  readonly sourceType: SourceType;
  /** What a worker is told of it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: CallLog;
  /** Where it can be told to misbehave, by the calls of which kind, and how. */
  readonly faults: readonly FaultsOfHost[];
  account(email: string): SoakAccount;
}

export interface FaultsOfHost {
  readonly faults: Faults;
  /** Pattern of paths. */
  readonly path: string;
  readonly effects: readonly FaultEffect[];
  /** How much more or less often than asked for; 1 if absent. */
  readonly often?: number;
}

/** Sign-ins are few: more of them have to fail for any to fail. */
export const oftenSignIn = 5;
/** One step asks a hundred times, for mails or threads, and all of it has to be answered: with less it would never end. */
export const oftenManyCalls = 0.1;

/** One account: it fills, it changes, and it says what a perfect sync of it holds. */
export interface SoakAccount {
  readonly email: string;
  /** What a new sign-in brings. */
  signIn(): object;
  /** Adds so many items. */
  fill(count: number, chance: () => number): void;
  /** Up to a few dozen changes of all kinds. @returns how many */
  change(chance: () => number): number;
  truth(): Truth;
}

/** Files are compared one by one; of what becomes part of a document, the words that have to stand in one, once each. */
export type Truth =
  | { readonly kind: 'files'; readonly files: readonly TrueFile[] }
  | { readonly kind: 'facts'; readonly facts: readonly string[] };

export interface TrueFile {
  readonly id: string;
  readonly path: string;
  readonly bytes: Buffer;
}

/** A word that no other text holds, and the pattern that finds all of them. */
export const factPattern = /\bfact[0-9]+x\b/g;

/** Seconds that an access token lives: a soak of some minutes refreshes many. */
export const tokensLiveS = 120;

/** What every sign-in's server does now and then. */
export const tokenEffects: readonly FaultEffect[] = [{ status: 503 }, { reset: true }];
/** What every connection does now and then. */
export const networkEffects: readonly FaultEffect[] = [{ reset: true }, { truncate: 0.6 }, { delayMs: 2000 }];
