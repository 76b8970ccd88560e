import { condition } from '@temporalio/workflow';
import type { RemovalDecision } from '../domain/contract.ts';

/** The removals that a job holds until a person has decided. */
export interface HeldRemovals {
  readonly removals: number;
  /** Number of items that the source had. */
  readonly of: number;
}

/** A person's decision about removals, for which a job waits. */
export class Approval {
  decision: RemovalDecision | null;
  /** Null while nothing waits for a decision. */
  held: HeldRemovals | null = null;

  constructor(decision: RemovalDecision | null) {
    this.decision = decision;
  }

  check(decision: unknown): void {
    if (decision !== 'approve' && decision !== 'keep') throw new Error('The decision must be "approve" or "keep".');
    if (this.held === null) throw new Error('This job holds no removals, so there is nothing to decide.');
  }

  /** Waits until a person has decided, for days if necessary; waiting costs nothing. */
  async wait(held: HeldRemovals, onChange: () => void): Promise<RemovalDecision> {
    this.held = held;
    onChange();
    await condition(() => this.decision !== null);
    this.held = null;
    return this.decision ?? 'keep';
  }
}
