import type { FoundRemovals, JobRef, JobResume, SweepPlan } from '../domain/contract.ts';
import { database } from './activity-options.ts';
import { Approval } from './approval.ts';

const nothingToRemove: SweepPlan = { removals: 0, known: 0, needsApproval: false };

/** The items that a job considers deleted, until it is decided whether they are removed. */
export class Removals {
  readonly approval: Approval;
  /** Whether it was decided that they are removed. */
  swept: boolean;
  /** How many of them must be confirmed with the vendor first. */
  toConfirm: number;
  #count: number;
  #plan: SweepPlan | null = null;

  constructor(from: JobResume | undefined) {
    this.approval = new Approval(from?.decision ?? null);
    this.swept = from?.swept ?? false;
    this.toConfirm = from?.toConfirm ?? 0;
    this.#count = from?.removals ?? 0;
  }

  /** The state from which a new run continues. */
  state(): Pick<JobResume, 'decision' | 'swept' | 'toConfirm' | 'removals'> {
    const { approval, swept, toConfirm } = this;
    return { decision: approval.decision, swept, toConfirm, removals: this.#count };
  }

  /** @param known what an activity that went on has found already */
  async find(job: JobRef, known: FoundRemovals | null): Promise<FoundRemovals> {
    const found = known ?? (await database.findRemovals(job));
    this.#count = found.isSwept === true ? 0 : found.removals;
    this.toConfirm = found.toConfirm;
    this.#plan = found.plan ?? null;
    return found;
  }

  /** If they are too many, a person decides, and everything waits for that. @returns whether there are any to remove now */
  async decide(job: JobRef, onChange: () => void): Promise<boolean> {
    const plan = this.#count === 0 ? nothingToRemove : (this.#plan ?? (await database.planSweep(job)));
    if (plan.needsApproval && this.approval.decision === null) {
      const held = { removals: plan.removals, of: plan.known };
      const decision = await this.approval.wait(held, onChange);
      await database.recordDecision({ ...job, ...plan, decision });
    }
    if (plan.needsApproval && this.approval.decision === 'keep') return false;
    this.swept = true;
    return plan.removals > 0;
  }
}
