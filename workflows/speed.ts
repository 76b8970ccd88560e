import { maxPagesAtOnce, maxRequestsPerSecond, type SpeedChange } from '../domain/contract.ts';

/** What comes through the command line or the Web UI is unknown data until here. @returns what is wrong with it, or null */
export function speedProblem(change: SpeedChange | undefined): string | null {
  if (typeof change !== 'object' || change === null) {
    return 'Give an object such as {"pagesAtOnce": 2, "requestsPerSecond": 5}.';
  }
  const { pagesAtOnce, requestsPerSecond } = change;
  if (pagesAtOnce === undefined && requestsPerSecond === undefined)
    return 'Give pagesAtOnce, requestsPerSecond or both.';
  if (!isBetween(pagesAtOnce, 1, maxPagesAtOnce) || !Number.isInteger(pagesAtOnce ?? 1)) {
    return `pagesAtOnce must be a whole number from 1 to ${maxPagesAtOnce}, or null for the usual.`;
  }
  if (!isBetween(requestsPerSecond, 0.01, maxRequestsPerSecond)) {
    return `requestsPerSecond must be a number from 0.01 to ${maxRequestsPerSecond}, or null for no limit of its own.`;
  }
  return null;
}

function isBetween(value: number | null | undefined, least: number, most: number): boolean {
  return value === undefined || value === null || (typeof value === 'number' && value >= least && value <= most);
}
