import { activityInfo } from '@temporalio/activity';
import { startDueDeliveries } from '../../jobs/outgoing-webhooks/outbox.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { errorCode } from './failure.ts';

/**
 * Starts what a step has just written into the outbox. It stands there: what cannot be started now, a worker's next look at
 * the outbox starts.
 */
export async function notifyWebhooks(deps: ActivityDependencies, userId: string): Promise<void> {
  const { taskQueue } = activityInfo();
  await startDueDeliveries({ db: deps.db, temporal: deps.temporal, taskQueue }, userId).catch((error: unknown) =>
    deps.logger.warn({ reason: errorCode(error) }, 'webhooks were not started; the next look at the outbox does'),
  );
}
