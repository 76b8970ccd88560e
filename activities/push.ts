import type { PushSubscriptionInput } from '../domain/contract.ts';
import { type PushOutlook, reconcilePush } from '../sources/change-notifications/reconcile.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { step } from './support/step.ts';

/** Makes, renews or ends a source's subscription at its vendor, as its owner wishes. No step of a sync. */
export const keepPush = (deps: ActivityDependencies) =>
  step(
    deps,
    async (source: PushSubscriptionInput, { signal }): Promise<PushOutlook> =>
      await reconcilePush(deps, source, signal),
  );
