import type { SourceRef, SubscriptionOutlook } from '../domain/contract.ts';
import { reconcileSubscription } from '../sources/change-notifications/reconcile.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { activity } from './support/activity.ts';

/** Creates, renews or ends a source's subscription at its vendor, as its owner wishes. It is not part of a sync. */
export const keepSubscription = (deps: ActivityDependencies) =>
  activity(deps, (source: SourceRef, { signal }): Promise<SubscriptionOutlook> =>
    reconcileSubscription(deps, source, signal),
  );
