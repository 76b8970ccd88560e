import { NativeConnection } from '@temporalio/worker';
import type { Config } from './config.ts';
import { connectionOptions } from './temporal-connection.ts';

/** Opens the worker's own type of connection. The API does not need it, and so loads nothing of Temporal's worker. */
export async function connectWorker(config: Config): Promise<NativeConnection> {
  return await NativeConnection.connect(connectionOptions(config));
}
