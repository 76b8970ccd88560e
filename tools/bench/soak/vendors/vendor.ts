import { createHash } from 'node:crypto';
import type { SourceType } from '../../../../domain/source.ts';
import type { SimulatedCall, Fault, FaultEffect, Faults } from '../../../simulators/kit/faults.ts';
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
  /** Only these requests, all of them and not a share: what is wrong with one item or container stays so for a while. */
  readonly when?: Fault['when'];
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
  /** Of a vendor whose feed leaves things out: only a full listing so long after the last change shows all, in milliseconds. */
  readonly shownAfterMs?: number;
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
/** What every connection does now and then; also a captive portal that answers in the vendor's place. */
export const networkEffects: readonly FaultEffect[] = [
  { reset: true },
  { truncate: 0.6 },
  { delayMs: 2000 },
  { status: 200, body: '<!doctype html><title>Sign in to the harbour’s network</title>' },
  { status: 200, body: {} },
];

/** A few per cent of all items: their content is refused for as long as there are faults. */
export function isUnlucky(id: string): boolean {
  return numberOf(id) % 40 === 0;
}

/** A fifth of all containers at a time, for half a minute each: they cannot be listed. */
export function isOutOfOrder(id: string): boolean {
  return numberOf(`${id} ${Math.floor(Date.now() / 30_000)}`) % 5 === 0;
}

/** What was asked for, in one text: ids are looked for in it. */
export function wordsOf({ path, query, body }: SimulatedCall): string {
  return `${path} ${Object.values(query).join(' ')} ${body.toString('latin1')}`;
}

function numberOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE();
}

/** Characters that no database takes as they are: NUL, and half of a pair. */
export const poison = 'a\0b\ud83d';
