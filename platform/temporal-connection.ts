import { setTimeout as sleep } from 'node:timers/promises';
import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  isGrpcServiceError,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { Config } from './config.ts';
import { searchAttributeNames } from '../domain/contract.ts';
import type { Tracing } from './tracing.ts';
import { refusedNamespace, unreachableTemporal } from './unreachable-temporal.ts';

/** Connection options for Temporal: `TEMPORAL_ADDRESS` and the standard variables for namespace, API key and TLS. */
export function connectionOptions(config: Config) {
  const { connectionOptions: standard } = loadClientConnectConfig();
  return { ...standard, address: config.temporal.address ?? standard.address ?? '127.0.0.1:7233' };
}

/** A client that its owner must close. */
export type TemporalClient = Client & AsyncDisposable;

interface ConnectOptions {
  /** Connect with the first call, so that an API starts even if Temporal does not answer. */
  readonly lazy?: boolean;
  readonly tracing?: Tracing;
  /** Encrypts what Temporal stores of workflows. */
  readonly codec?: PayloadCodec;
}

export async function connectTemporal(
  config: Config,
  { lazy = false, tracing, codec }: ConnectOptions = {},
): Promise<TemporalClient> {
  const retries = createRetries();
  const options = { ...connectionOptions(config), interceptors: [retries.interceptor] };
  const connection = lazy ? Connection.lazy(options) : await connect(options);
  const plugins = [...(tracing?.plugins ?? [])];
  const dataConverter = codec === undefined ? {} : { payloadCodecs: [codec] };
  const client = new Client({ connection, namespace: config.temporal.namespace, plugins, dataConverter });
  const close = async (): Promise<void> => {
    await retries.end();
    await connection.close();
  };
  return Object.assign(client, { [Symbol.asyncDispose]: close });
}

async function connect(options: ReturnType<typeof connectionOptions>): Promise<Connection> {
  try {
    return await Connection.connect(options);
  } catch (error) {
    throw await unreachableTemporal(options.address, error);
  }
}

/**
 * The SDK repeats a refused call from a timer that it does not clear: on a channel that was closed meanwhile the call throws
 * where nobody can catch it, and ends the process. So no repeat is planned once the connection is to end, and those that are
 * planned are waited for, seconds at the most.
 */
function createRetries() {
  const usual = defaultGrpcRetryOptions();
  let isEnding = false;
  let lastAt = 0;
  const interceptor = makeGrpcRetryInterceptor({
    retryableDecider: (attempt, status) => !isEnding && usual.retryableDecider(attempt, status),
    delayFunction: (attempt, status) => {
      const delayMs = usual.delayFunction(attempt, status);
      lastAt = Math.max(lastAt, performance.now() + delayMs);
      return delayMs;
    },
  });
  const end = async (): Promise<void> => {
    isEnding = true;
    const leftMs = lastAt - performance.now();
    if (leftMs > 0) await sleep(leftMs + marginMs);
  };
  return { interceptor, end };
}

/** A timer may be late by so much and still come first, in milliseconds. */
const marginMs = 100;

/** The value of Keyword in Temporal's enumeration of search attribute types. */
const keyword = 2;

/** The search attributes of jobs are missing and cannot be created from here. */
export class SearchAttributesError extends Error {
  override readonly name = 'SearchAttributesError';
}

/**
 * Registers the search attributes of jobs. An existing one is not an error. Where registering is not allowed (Temporal Cloud
 * has no operator service, and a key may lack the permission), they must exist already.
 * @throws SearchAttributesError that names the missing attributes and the commands that create them
 * @throws UnreachableTemporal if there is no such namespace, or these credentials may not use it
 */
export async function registerSearchAttributes(client: Client, namespace: string): Promise<void> {
  try {
    const missing = await registerMissing(client, namespace);
    if (missing.length > 0) throw new SearchAttributesError(howToMake(namespace, missing));
  } catch (error) {
    throw refusedNamespace(namespace, error) ?? error;
  }
}

/** @returns those that neither exist nor can be created from here */
async function registerMissing(client: Client, namespace: string): Promise<string[]> {
  const missing: string[] = [];
  for (const name of searchAttributeNames) {
    try {
      // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the enumeration is in @temporalio/proto, which is no dependency of ours
      await client.connection.operatorService.addSearchAttributes({ namespace, searchAttributes: { [name]: keyword } });
    } catch (error) {
      if (/already exist/i.test(Error.isError(error) ? error.message : '')) continue;
      if (!isNotAllowed(error)) throw error;
      if (!(await isSearchable(client, namespace, name))) missing.push(name);
    }
  }
  return missing;
}

/** gRPC's codes PERMISSION_DENIED, UNIMPLEMENTED and UNAUTHENTICATED: the last is what some proxies make of an unknown service. */
const notAllowed: readonly number[] = [7, 12, 16];

function isNotAllowed(error: unknown): boolean {
  return isGrpcServiceError(error) && notAllowed.includes(error.code);
}

/** Whether the namespace knows this search attribute. A server refuses a query that names an unknown one. */
export async function isSearchable(client: Client, namespace: string, name: string): Promise<boolean> {
  try {
    await client.connection.workflowService.countWorkflowExecutions({ namespace, query: `${name} = 'none'` });
    return true;
  } catch (error) {
    if (isGrpcServiceError(error) && invalidArgument.includes(error.code)) return false;
    throw error;
  }
}

const invalidArgument: readonly number[] = [3];

function howToMake(namespace: string, names: readonly string[]): string {
  const own = names.map((name) => `--name ${name} --type Keyword`).join(' ');
  const cloud = names.map((name) => `--search-attribute "${name}=Keyword"`).join(' ');
  return [
    `The Temporal namespace "${namespace}" lacks ${names.join(', ')}, and this worker may not make them. Somebody who may runs:`,
    `  temporal operator search-attribute create --namespace ${namespace} ${own}`,
    `or, in Temporal Cloud:`,
    `  tcld namespace search-attributes add --namespace ${namespace} ${cloud}`,
  ].join('\n');
}
