import type { Trouble } from '../domain/contract.ts';
import type { HeldRemovals } from './approval.ts';

/** The details that the Web UI of Temporal shows of a running job. */
export interface JobView {
  readonly held: HeldRemovals | null;
  readonly waitsForSignIn: boolean;
  readonly paused: boolean;
  readonly trouble: Trouble | null;
  readonly isListing: boolean;
  readonly pagesListed: number;
  readonly pagesDone: number;
}

/** One paragraph of Markdown: what the job waits for and what to do, otherwise how far it is. */
export function detailsOf(job: JobView): string {
  if (job.held !== null) return heldDetails(job.held);
  if (job.waitsForSignIn) {
    return '**Waiting for a sign-in**: the vendor no longer accepts the current sign-in. Connect the source again; the job then continues automatically (or send the signal `signedIn`).';
  }
  if (job.trouble !== null && !job.paused) return troubleDetails(job.trouble);
  const where = job.isListing ? 'listing in progress' : 'listing complete';
  return `${job.paused ? '**Paused**. ' : ''}${job.pagesListed} pages listed, ${job.pagesDone} done; ${where}.`;
}

function heldDetails({ removals, of }: HeldRemovals): string {
  return `**Held**: ${removals} of ${of} items are no longer at the source, or no longer selected. Approve their removal or keep them with the update \`decideRemovals\` with \`"approve"\` or \`"keep"\`.`;
}

function troubleDetails({ reason, since, attempts, message, step }: Trouble): string {
  return `**Waiting: ${reason.replace('_', ' ')}** since ${since}, ${attempts} attempts (\`${step}\`). ${message}`;
}
