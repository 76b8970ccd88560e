import { type Context } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';

/** An environment for running an activity without a server or a worker. The SDK's own log lines about failures are omitted. */
export function activityEnvironment(info: Partial<Context['info']> = {}): MockActivityEnvironment {
  return new MockActivityEnvironment(
    { scheduledTimestampMs: Date.now(), ...info },
    { logger: new DefaultLogger('ERROR') },
  );
}
