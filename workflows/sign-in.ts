import { condition } from '@temporalio/workflow';
import type { JobRef } from '../domain/contract.ts';
import { database } from './activity-options.ts';

/**
 * How long a job that waits for a sign-in relies on the signal before it checks for itself, because the signal may be
 * lost.
 */
const firstLookMs = 60_000;
const maxLookMs = 6 * 3_600_000;

/** The wait for a new sign-in after the vendor has rejected the current one. */
export class SignIn {
  isWaiting = false;
  #signedIn = false;

  /** A sign-in may have happened. */
  signal(): void {
    this.#signedIn = true;
  }

  /** Waits until somebody has signed in, for weeks if necessary; waiting costs nothing. */
  async wait({ jobId, userId, dataSourceId }: JobRef, onChange: () => void): Promise<void> {
    for (let wait = firstLookMs; ; wait = Math.min(wait * 2, maxLookMs)) {
      this.#signedIn = false;
      if (await database.lookForSignIn({ jobId, userId, dataSourceId })) break;
      this.isWaiting = true;
      onChange();
      await condition(() => this.#signedIn, wait);
    }
    this.isWaiting = false;
    onChange();
  }
}
