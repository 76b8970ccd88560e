import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import type { Config } from './config.ts';
import { searchAttributeNames } from '../domain/contract.ts';
import type { Tracing } from './tracing.ts';

/** Connection options for Temporal: `TEMPORAL_ADDRESS` and the standard variables for namespace, API key and TLS. */
function connectionOptions(config: Config) {
  const { connectionOptions: standard } = loadClientConnectConfig();
  return { ...standard, address: config.temporal.address ?? standard.address ?? '127.0.0.1:7233' };
}

/** A client that its owner must close. */
export type TemporalClient = Client & AsyncDisposable;

/** @param options.lazy connect with the first call, so that an API starts even if Temporal does not answer */
export async function connectTemporal(
  config: Config,
  { lazy = false, tracing }: { readonly lazy?: boolean; readonly tracing?: Tracing } = {},
): Promise<TemporalClient> {
  const options = connectionOptions(config);
  const connection = lazy ? Connection.lazy(options) : await Connection.connect(options);
  const plugins = [...(tracing?.plugins ?? [])];
  const client = new Client({ connection, namespace: config.temporal.namespace, plugins });
  return Object.assign(client, { [Symbol.asyncDispose]: async () => await connection.close() });
}

/** Opens the worker's own type of connection. */
export async function connectWorker(config: Config): Promise<NativeConnection> {
  return await NativeConnection.connect(connectionOptions(config));
}

/** The value of Keyword in Temporal's enumeration of search attribute types. */
const keyword = 2;

/** Registers the search attributes of jobs. An existing one is not an error. */
export async function registerSearchAttributes(client: Client, namespace: string): Promise<void> {
  for (const name of searchAttributeNames) {
    try {
      // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the enumeration is in @temporalio/proto, which is no dependency of ours
      await client.connection.operatorService.addSearchAttributes({ namespace, searchAttributes: { [name]: keyword } });
    } catch (error) {
      if (!/already exist/i.test(Error.isError(error) ? error.message : '')) throw error;
    }
  }
}
