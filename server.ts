/** Builds the API and listens: `node server.ts`. */

import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { buildApp } from './api/app.ts';
import { createApiDependencies } from './composition/api-dependencies.ts';
import { reportDatabase } from './composition/database-at-start.ts';
import type { Parts } from './composition/services.ts';
import { openDatabase } from './db/access/database.ts';
import { isLocal } from './domain/sign-in.ts';
import { ConfigError, readConfig } from './platform/config.ts';
import { loggerOptions } from './platform/logging.ts';
import { runProgram } from './platform/main.ts';
import { connectTemporal } from './platform/temporal-connection.ts';
import { startTracing } from './platform/tracing.ts';
import { loadKeyring } from './sources/credentials/keyring.ts';
import { createPayloadCodec } from './sources/credentials/payload-codec.ts';

/** Starts listening. @throws ConfigError for an address that would expose an installation without sign-in */
export async function startApi(parts: Parts): Promise<FastifyInstance & AsyncDisposable> {
  const { config } = parts;
  const open = isLocal(config.auth);
  if (open && !['127.0.0.1', 'localhost', '::1'].includes(config.host)) {
    throw new ConfigError(
      `HOST=${config.host} would expose Headwater without sign-in to the network. Set OIDC_ISSUER, JWT_SECRET or JWKS_URL, or listen on 127.0.0.1.`,
    );
  }
  const app = await buildApp(createApiDependencies(parts));
  await app.listen({ host: config.host, port: config.port });
  return Object.assign(app, { [Symbol.asyncDispose]: () => app.close() });
}

async function main(): Promise<void> {
  const config = readConfig();
  const logger = pino({ level: config.logLevel, name: 'api', ...loggerOptions });
  if (config.databaseUrl === undefined) {
    throw new ConfigError(
      'DATABASE_URL is not set. A separate API process needs a PostgreSQL server. `npm start` runs everything in one process.',
    );
  }
  await using db = openDatabase(config.databaseUrl, config.databasePoolSize);
  await using tracing = await startTracing('headwater-api', config.tracing);
  const keyring = await loadKeyring(config, config.dataDir);
  const codec = createPayloadCodec(keyring, config.temporal.encryptsPayloads);
  await using temporal = await connectTemporal(config, { lazy: true, tracing, codec });
  await using app = await startApi({ config, db, temporal, keyring, logger });
  logger.info({ address: config.publicUrl }, 'API listens');
  await reportDatabase(db, config.databaseUrl, logger);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  app.log.info('API stops');
}

if (import.meta.main) await runProgram(main);
