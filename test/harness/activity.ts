import { type Context } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';

/** What a step finds around it, without a server or a worker. The SDK's own lines about failures are left out. */
export function activityEnvironment(info: Partial<Context['info']> = {}): MockActivityEnvironment {
  return new MockActivityEnvironment(
    { scheduledTimestampMs: Date.now(), ...info },
    { logger: new DefaultLogger('ERROR') },
  );
}
