import type { SourceType } from '../../../domain/source.ts';
import type { FaultEffect, Faults } from '../../../simulators/kit/faults.ts';
import type { CallLog } from '../../../simulators/kit/call-log.ts';

/** A simulated vendor that the soak's users keep their files at. */
export interface SoakVendor extends AsyncDisposable {
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
}

/** One account, and everything that can happen to it. */
export interface SoakAccount {
  readonly email: string;
  /** What a new sign-in brings. */
  signIn(): object;
  /** Names of folders; they stay while the folders are renamed. */
  readonly folders: readonly string[];
  add(name: string, content: string, folder: string | null): void;
  update(id: string, content: string): void;
  /** @param name in the same folder */
  rename(id: string, name: string): void;
  move(id: string, folder: string): void;
  remove(id: string, forGood: boolean): void;
  renameFolder(folder: string, name: string): void;
  /** With all that lies in it; an empty one takes its place. */
  removeFolder(folder: string): void;
  /** Positions of the change feed up to now are no longer known. */
  losePositions(): void;
  truth(): readonly TrueItem[];
}

/** What a perfect sync holds of one item. */
export interface TrueItem {
  readonly id: string;
  readonly path: string;
  readonly bytes: Buffer;
}

/** What every sign-in's server does now and then. */
export const tokenEffects: readonly FaultEffect[] = [{ status: 503 }, { reset: true }];
/** What every connection does now and then. */
export const networkEffects: readonly FaultEffect[] = [{ reset: true }, { truncate: 0.6 }, { delayMs: 2000 }];
