/**
 * Maintains one source's subscription at its vendor for as long as its owner wants it: creates it, renews it in time
 * and ends it.
 */

import {
  condition,
  defineSignal,
  isCancellation,
  setCurrentDetails,
  setHandler,
  setWorkflowOptions,
} from '@temporalio/workflow';
import { lookAgainSignal, type SourceRef } from '../domain/contract.ts';
import { listing } from './activity-options.ts';
import { continueOnNewestCode, isRunOver, upgradedImmediately } from './next-run.ts';

export const lookAgain = defineSignal(lookAgainSignal);

/** The wait after the vendor was unreachable for a long time. */
const afterTroubleMs = 3_600_000;

export async function subscription({ userId, dataSourceId }: SourceRef): Promise<void> {
  let asked = false;
  setHandler(lookAgain, () => {
    asked = true;
  });
  for (;;) {
    asked = false;
    const wait = await keep({ userId, dataSourceId });
    if (wait === null) {
      if (asked) continue;
      return;
    }
    setCurrentDetails(
      `Checks again in ${Math.ceil(wait / 60_000)} minutes, or on request (signal \`${lookAgainSignal}\`).`,
    );
    await condition(() => asked, wait);
    if (isRunOver()) return await continueOnNewestCode<typeof subscription>({ userId, dataSourceId });
  }
}

setWorkflowOptions(upgradedImmediately, subscription);

/** @returns milliseconds until the next check, or null if there is no subscription to maintain */
async function keep(source: SourceRef): Promise<number | null> {
  try {
    return (await listing.keepSubscription(source)).lookAgainMs;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return afterTroubleMs;
  }
}
