import { activityInfo } from '@temporalio/activity';
import { startDueDeliveries } from '../../jobs/outgoing-webhooks/outbox.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { errorCode } from '../../domain/logged-error.ts';

/**
 * Starts deliveries for what a step has just written to the outbox. They are recorded there, so those that cannot be
 * started now are started by a worker's next check of the outbox.
 */
export async function notifyWebhooks(deps: ActivityDependencies, userId: string): Promise<void> {
  const { taskQueue } = activityInfo();
  await startDueDeliveries({ db: deps.db, temporal: deps.temporal, taskQueue }, userId).catch((error: unknown) =>
    deps.logger.warn(
      { reason: errorCode(error) },
      'webhook deliveries were not started; the next check of the outbox starts them',
    ),
  );
}
