/** Keeps one source's subscription at its vendor for as long as its owner wants it: made, renewed in time, ended. */

import {
  condition,
  continueAsNew,
  defineSignal,
  isCancellation,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { lookAgainSignal, type SourceRef } from '../domain/contract.ts';
import { listing } from './activity-options.ts';

export const lookAgain = defineSignal(lookAgainSignal);

/** After the vendor could not be had for long. */
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
      `Looks again in ${Math.ceil(wait / 60_000)} minutes, or when asked (signal \`${lookAgainSignal}\`).`,
    );
    await condition(() => asked, wait);
    if (workflowInfo().continueAsNewSuggested)
      return await continueAsNew<typeof subscription>({ userId, dataSourceId });
  }
}

/** @returns milliseconds until the next look, or null when there is nothing to keep */
async function keep(source: SourceRef): Promise<number | null> {
  try {
    return (await listing.keepSubscription(source)).lookAgainMs;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return afterTroubleMs;
  }
}
