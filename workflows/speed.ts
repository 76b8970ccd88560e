import { maxPagesAtOnce, maxRequestsPerSecond, type SpeedChange } from '../domain/contract.ts';

/** Input from the CLI or the Web UI is not validated before this. @returns what is wrong with it, or null */
export function speedProblem(change: SpeedChange | undefined): string | null {
  if (typeof change !== 'object' || change === null) {
    return 'The speed must be an object such as {"pagesAtOnce": 2, "requestsPerSecond": 5}.';
  }
  const { pagesAtOnce, requestsPerSecond } = change;
  if (pagesAtOnce === undefined && requestsPerSecond === undefined)
    return 'Set pagesAtOnce, requestsPerSecond or both.';
  if (!isBetween(pagesAtOnce, 1, maxPagesAtOnce) || !Number.isInteger(pagesAtOnce ?? 1)) {
    return `pagesAtOnce must be a whole number from 1 to ${maxPagesAtOnce}, or null for the default.`;
  }
  if (!isBetween(requestsPerSecond, 0.01, maxRequestsPerSecond)) {
    return `requestsPerSecond must be a number from 0.01 to ${maxRequestsPerSecond}, or null for no limit on this job.`;
  }
  return null;
}

function isBetween(value: number | null | undefined, min: number, max: number): boolean {
  return value === undefined || value === null || (typeof value === 'number' && value >= min && value <= max);
}
