/** The audit log: who did what, and from where. */

/** A person with a session or a token of their own, or a program with an API key. */
export type AuditActor = 'user' | 'key';

/**
 * How a recorded request ended. `unknown`: its process ended before the answer, so the action may have happened or
 * not.
 */
export const auditOutcomes = ['done', 'refused', 'failed', 'unknown'] as const;
export type AuditOutcome = (typeof auditOutcomes)[number];

/** @param status the HTTP status of the answer; null without one */
export function auditOutcomeOf(status: number | null): AuditOutcome {
  if (status === null) return 'unknown';
  if (status < 400) return 'done';
  return status < 500 ? 'refused' : 'failed';
}
