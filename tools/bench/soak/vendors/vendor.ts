import { createHash } from 'node:crypto';
import type { SourceType } from '../../../../domain/source.ts';
import type { SimulatedCall, Fault, FaultEffect, Faults } from '../../../simulators/kit/faults.ts';
import type { CallLog } from '../../../simulators/kit/call-log.ts';

/** A simulated vendor at which the soak's users have accounts. */
export interface SoakVendor {
  readonly sourceType: SourceType;
  /** A worker's environment variables for it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: CallLog;
  /** The hosts that can be made to fail, for which calls, and how. */
  readonly faults: readonly FaultsOfHost[];
  account(email: string): SoakAccount;
}

export interface FaultsOfHost {
  readonly faults: Faults;
  /** Pattern of paths. */
  readonly path: string;
  readonly effects: readonly FaultEffect[];
  /** Affects all of these requests instead of a share, because an item's or container's problem lasts for a while. */
  readonly when?: Fault['when'];
  /** Factor for the requested share; 1 if absent. */
  readonly often?: number;
}

/** Sign-ins are rare, so a larger share must fail for any to fail. */
export const oftenSignIn = 5;
/**
 * One activity makes a hundred calls, for messages or threads, and all must succeed; with a larger share it would never
 * end.
 */
export const oftenManyCalls = 0.1;

/** One account: it can be filled and changed, and states what a perfect sync of it contains. */
export interface SoakAccount {
  readonly email: string;
  /**
   * For a vendor with an incomplete feed: only a full listing this long after the last change shows everything, in
   * milliseconds.
   */
  readonly shownAfterMs?: number;
  /** Returns the tokens of a new sign-in. */
  signIn(): object;
  fill(count: number, random: () => number): void;
  /** Makes up to a few dozen changes of all kinds. @returns how many */
  change(random: () => number): number;
  truth(): Truth;
}

/** Files are compared one by one. For parts of documents, each word must occur in exactly one document. */
export type Truth =
  | { readonly kind: 'files'; readonly files: readonly TrueFile[] }
  | { readonly kind: 'facts'; readonly facts: readonly string[] };

export interface TrueFile {
  readonly id: string;
  readonly path: string;
  readonly bytes: Buffer;
}

/** A word that occurs in no other text, and the pattern that finds all such words. */
export const factPattern = /\bfact[0-9]+x\b/g;

/** How an account is filled and changed whose items are added and changed one by one. */
export function oneByOne(
  add: (random: () => number) => void,
  changeOne: (random: () => number) => void,
): Pick<SoakAccount, 'fill' | 'change'> {
  return {
    fill: (count, random) => {
      for (let n = 0; n < count; n++) add(random);
    },
    change: (random) => {
      const count = 1 + Math.floor(random() * 12);
      for (let n = 0; n < count; n++) changeOne(random);
      return count;
    },
  };
}

/** Lifetime of an access token in seconds, so that a soak of some minutes refreshes many. */
export const tokensLiveS = 120;

/** Occasional faults of every sign-in server. */
export const tokenEffects: readonly FaultEffect[] = [{ status: 503 }, { reset: true }];
/** Occasional faults of every connection, including a captive portal that answers in the vendor's place. */
export const networkEffects: readonly FaultEffect[] = [
  { reset: true },
  { truncate: 0.6 },
  { delayMs: 2000 },
  { status: 200, body: '<!doctype html><title>Sign in to the harbour’s network</title>' },
  { status: 200, body: {} },
];

/** A few percent of all items, whose content is refused while there are faults. */
export function isUnlucky(id: string): boolean {
  return numberOf(id) % 40 === 0;
}

/** A fifth of all containers at a time, for half a minute each, which cannot be listed. */
export function isOutOfOrder(id: string): boolean {
  return numberOf(`${id} ${Math.floor(Date.now() / 30_000)}`) % 5 === 0;
}

/** The request as one text, in which ids are searched. */
export function wordsOf({ path, query, body }: SimulatedCall): string {
  return `${path} ${Object.values(query).join(' ')} ${body.toString('latin1')}`;
}

function numberOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE();
}

/** Characters that no database accepts unchanged: NUL, and half of a surrogate pair. */
export const poison = 'a\0b\ud83d';
