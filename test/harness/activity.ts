import { type Context } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { prepareTemporal } from './temporal.ts';

/**
 * An environment for running an activity without a server or a worker. The SDK's own log lines about failures are
 * omitted. It creates Temporal's runtime of this process, which must be ours for the test files that come after it.
 */
export async function activityEnvironment(info: Partial<Context['info']> = {}): Promise<MockActivityEnvironment> {
  await prepareTemporal();
  return new MockActivityEnvironment(
    { scheduledTimestampMs: Date.now(), ...info },
    { logger: new DefaultLogger('ERROR') },
  );
}
