/** What a working installation needs, each with what to do where it is missing. They change nothing. */

import { randomUUID } from 'node:crypto';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { isWorkerRunning } from '../../api/worker-presence.ts';
import { createEmbedder } from '../../content/embeddings/index.ts';
import { scoreAll } from '../../content/search/reranker.ts';
import { createS3Files } from '../../content/staging/s3.ts';
import { createVectorSpaces } from '../../content/vectors/vector-spaces.ts';
import type { Database } from '../../db/access/database.ts';
import { diagnoseDatabase } from '../../db/access/diagnosis.ts';
import { migrationState } from '../../db/access/migrate.ts';
import { reachDatabase } from '../../db/access/reach.ts';
import { searchAttributeNames, taskQueue } from '../../domain/contract.ts';
import type { VendorName } from '../../domain/source.ts';
import type { Config } from '../../platform/config.ts';
import { isSearchable, type TemporalClient } from '../../platform/temporal-connection.ts';
import type { OAuthDescription } from '../../sources/connectors/oauth.ts';
import { sourceDefinitions } from '../../sources/connectors/registry.ts';
import { type Check, failed, type Finding, ok, skipped, warning } from './finding.ts';

const oldestPostgres = 150_000;
/**
 * The minor releases, of November 2023, in which `tsvectorrecv` counts two bytes for a position and not four: before, it
 * could read a few bytes beyond a vector.
 */
const wordsFixedIn: ReadonlyMap<number, number> = new Map([
  [15, 5],
  [16, 1],
]);
/** Two API processes and a worker, each with a pool, and some connections for people. */
const pools = 3;
const gigabyte = 1024 ** 3;
const minFree = { failed: 0.2 * gigabyte, warning: 2 * gigabyte };

export function databaseCheck(config: Config, db: Kysely<Database>): Check {
  return {
    name: 'database',
    timeoutMs: 10_000,
    action:
      'Check DATABASE_URL: host, port, name, user, password, and whether the server accepts connections from here.',
    run: async () => {
      if (config.databaseUrl !== undefined) await reachDatabase(db, config.databaseUrl);
      const { version, vectorInstalled, vectorAvailable, maxConnections } = await diagnoseDatabase(db);
      const name = nameOf(version);
      const ofVersion = versionFindings(version);
      if (version < oldestPostgres) return ofVersion;
      if (vectorInstalled === null && !vectorAvailable)
        return [
          failed(
            `${name} has no pgvector.`,
            'Install the extension on the server: https://github.com/pgvector/pgvector',
          ),
        ];
      const wanted = pools * config.databasePoolSize;
      const connections =
        maxConnections >= wanted
          ? []
          : [
              warning(
                `The server accepts ${maxConnections} connections; an API and two workers may want ${wanted}.`,
                'Raise max_connections, or lower DATABASE_POOL_SIZE.',
              ),
            ];
      return [ok(`${name}, pgvector ${vectorInstalled ?? 'not created yet'}`), ...ofVersion, ...connections];
    },
  };
}

/** @param version as PostgreSQL states it: 160004 for 16.4 */
export function versionFindings(version: number): Omit<Finding, 'check'>[] {
  const name = nameOf(version);
  if (version < oldestPostgres) return [failed(`${name} is too old.`, 'Use PostgreSQL 15 or newer.')];
  const major = Math.floor(version / 10_000);
  const fixedIn = wordsFixedIn.get(major) ?? 0;
  if (version % 10_000 >= fixedIn) return [];
  return [
    warning(
      `${name} computes the space of words wrongly when it receives them in binary.`,
      `Update to PostgreSQL ${major}.${fixedIn} or newer.`,
    ),
  ];
}

function nameOf(version: number): string {
  return `PostgreSQL ${Math.floor(version / 10_000)}.${version % 10_000}`;
}

export function migrationsCheck(db: Kysely<Database>): Check {
  return {
    name: 'migrations',
    timeoutMs: 10_000,
    action: 'Check the database first.',
    run: async () => {
      const { applied, pending } = await migrationState(db);
      if (pending.length === 0) return [ok(`all ${applied.length} have run`)];
      return [failed(`${pending.length} have not run: ${pending.join(', ')}`, 'Run npm run migrate.')];
    },
  };
}

export function rightsCheck(db: Kysely<Database>): Check {
  return {
    name: 'rights',
    timeoutMs: 10_000,
    action: 'Check the database first.',
    run: async () => {
      const { appRole, isSuperuser, looseTables } = await diagnoseDatabase(db);
      if (appRole === null) return [failed('The role headwater_app does not exist.', 'Run npm run migrate.')];
      if (!appRole.isRestricted)
        return [
          failed(
            'The role headwater_app may log in or see rows of all users.',
            'alter role headwater_app nosuperuser nobypassrls nologin',
          ),
        ];
      if (!appRole.isMember)
        return [
          failed('This login may not act as headwater_app.', 'As an administrator: grant headwater_app to <login>'),
        ];
      if (looseTables.length > 0)
        return [
          failed(
            `Row-level security is not forced on ${looseTables.join(', ')}.`,
            'alter table <table> force row level security',
          ),
        ];
      return isSuperuser
        ? [warning('The login is a superuser.', 'Give Headwater a login of its own that is none.')]
        : [ok('the login acts as headwater_app; row-level security is forced on every table')];
    },
  };
}

const temporalAction =
  'Check TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and, with Temporal Cloud, TEMPORAL_API_KEY or the certificate.';

export function temporalCheck(config: Config, connect: () => Promise<TemporalClient>): Check {
  const { namespace } = config.temporal;
  return {
    name: 'temporal',
    timeoutMs: 15_000,
    action: temporalAction,
    run: async () => {
      const temporal = await connect();
      const { serverVersion } = await temporal.workflowService.getSystemInfo({});
      await temporal.workflowService.describeNamespace({ namespace });
      const missing: string[] = [];
      for (const name of searchAttributeNames) if (!(await isSearchable(temporal, namespace, name))) missing.push(name);
      const server = ok(`Temporal ${serverVersion}, namespace ${namespace}`);
      if (missing.length === 0) return [server];
      const commands = missing.map((name) => `--name ${name} --type Keyword`).join(' ');
      return [
        server,
        failed(
          `Search attributes are missing: ${missing.join(', ')}.`,
          `Start a worker, which registers them, or: temporal operator search-attribute create --namespace ${namespace} ${commands}`,
        ),
      ];
    },
  };
}

export function workerCheck(connect: () => Promise<TemporalClient>): Check {
  return {
    name: 'worker',
    timeoutMs: 15_000,
    action: 'Check Temporal first.',
    run: async () => {
      const isRunning = await isWorkerRunning({ temporal: await connect(), taskQueue });
      if (isRunning === true) return [ok(`a worker asks for work (task queue "${taskQueue}")`)];
      if (isRunning === null)
        return [failed('Temporal does not say whether a worker asks for work.', 'Check Temporal first.')];
      return [failed('No worker has asked for work in the last 90 seconds.', 'Start one: npm run worker.')];
    },
  };
}

/** @param url where the API was said to be; if absent, where it is by its configuration */
export function apiCheck(config: Config, url: string = config.publicUrl): Check {
  const address = `${url.replace(/\/$/, '')}/readyz`;
  return {
    name: 'api',
    timeoutMs: 10_000,
    action:
      url === config.publicUrl
        ? `Start it (npm run api, or npm start), and check that PUBLIC_URL=${url} leads to it. If it has another address: headwater --url ADDRESS doctor.`
        : `Start it (npm run api, or npm start), and check that ${url} (--url or HEADWATER_URL) leads to it.`,
    run: async (signal) => {
      const response = await fetch(address, { signal, redirect: 'manual' });
      const answer = (await response.json()) as {
        readonly checks?: Readonly<Record<string, { readonly ok: boolean; readonly detail: string | null }>>;
      };
      const wrong = Object.entries(answer.checks ?? {}).filter(([, { ok: isOk }]) => !isOk);
      if (answer.checks === undefined)
        return [failed(`${url} is something else.`, 'Check the address and the proxy in front of the API.')];
      if (wrong.length === 0) return [ok(`ready at ${url}`)];
      return wrong.map(([name, { detail }]) =>
        failed(`${name}: ${detail ?? 'not ready'}`, 'Check it on the machine of the API.'),
      );
    },
  };
}

export function embedderCheck(config: Config): Check {
  const { embedding } = config;
  return {
    name: 'embedder',
    timeoutMs: 60_000,
    action:
      embedding.provider === 'openai'
        ? 'Check OPENAI_API_KEY, OPENAI_BASE_URL and EMBEDDING_MODEL.'
        : 'Check EMBEDDING_MODEL; the weights of a local model are fetched once.',
    run: async (signal) => {
      const embedder = createEmbedder(embedding);
      const startedAt = performance.now();
      const [vector] = await embedder.embed(['Who repairs the lighthouse lamps?'], 'query', signal);
      const took = Math.round(performance.now() - startedAt);
      if (vector === null || vector === undefined)
        return [failed(`${embedder.model} gave no usable vector.`, 'Check EMBEDDING_MODEL and EMBEDDING_DIMENSIONS.')];
      return [ok(`${embedder.model}, ${vector.length} dimensions, one call in ${took} ms`)];
    },
  };
}

/** Searches do without a reranker that does not answer, so nobody would notice. Null if none is configured. */
export function rerankerCheck({ rerank }: Config): Check | null {
  if (rerank === null) return null;
  return {
    name: 'reranker',
    timeoutMs: 30_000,
    action: 'Check RERANK_URL (the full address of the call), RERANK_API_KEY and RERANK_MODEL.',
    run: async (signal) => {
      const passages = ['The keeper repairs the lamps.', 'The ferry leaves at nine.'];
      const [right = 0, wrong = 0] = await scoreAll(rerank, 'Who repairs the lighthouse lamps?', passages, signal);
      if (right > wrong) return [ok(`orders passages at ${new URL(rerank.url).host}`)];
      return [warning('It prefers the wrong one of two passages.', 'Check that RERANK_MODEL is a cross-encoder.')];
    },
  };
}

/** Where people's tokens and sign-ins are checked. Null if no provider is configured. */
export function signInCheck({ auth: { oidc, jwksUrl } }: Config): Check | null {
  const url = oidc ? `${oidc.issuer.replace(/\/$/, '')}/.well-known/openid-configuration` : jwksUrl;
  if (url === undefined) return null;
  return {
    name: 'sign-in',
    timeoutMs: 10_000,
    action: `${new URL(url).host} cannot be reached from here or is no such provider: check ${oidc ? 'OIDC_ISSUER' : 'JWKS_URL'}.`,
    run: async (signal) => {
      const response = await fetch(url, { signal, redirect: 'manual' });
      if (response.status !== 200) throw new Error(`HTTP ${response.status} of ${url}`);
      const { issuer, keys } = (await response.json()) as { readonly issuer?: unknown; readonly keys?: unknown };
      if (!oidc)
        return Array.isArray(keys) ? [ok(`keys at ${url}`)] : [failed(`${url} is no key set.`, 'Check JWKS_URL.')];
      if (issuer === oidc.issuer) return [ok(`the provider describes itself at ${url}`)];
      return [failed(`The provider calls itself ${String(issuer)}.`, 'Set OIDC_ISSUER to exactly this.')];
    },
  };
}

export function vectorStoreCheck(config: Config, db: Kysely<Database> | null): Check {
  return {
    name: 'vector store',
    timeoutMs: 20_000,
    action: 'Check PINECONE_API_KEY, PINECONE_INDEX and PINECONE_CONTROLLER_HOST.',
    run: async (signal) => {
      const { store, pinecone } = config.vectors;
      if (store === 'pgvector') return [ok('pgvector, in the database')];
      if (db === null) return [skipped('needs DATABASE_URL')];
      const { model, dimensions } = createEmbedder(config.embedding);
      const spaces = createVectorSpaces(db, { store, model, dimensions }, pinecone);
      await spaces.indexOf(spaces.configured).read('doctor', ['0'.repeat(64)], signal);
      return [ok(`${store} answers`)];
    },
  };
}

/** One check for each vendor that has settings. */
export function vendorChecks(config: Config): Check[] {
  const descriptions = new Map(
    sourceDefinitions.flatMap(({ oauth }) => (oauth === null ? [] : [[oauth.vendor, oauth] as const])),
  );
  const configured = [...descriptions].filter(([vendor]) => Object.values(config.vendors[vendor]).some(isSet));
  if (configured.length > 0) return configured.map(([vendor, description]) => vendorCheck(config, vendor, description));
  const detail = `no vendor is configured (${[...descriptions.keys()].join(', ')}): only local folders and pasted tokens`;
  return [{ name: 'vendors', timeoutMs: 1000, action: '', run: async () => await Promise.resolve([skipped(detail)]) }];
}

const isSet = (value: string | undefined): boolean => value !== undefined;

function vendorCheck(config: Config, vendor: VendorName, description: OAuthDescription): Check {
  const prefix = vendor.toUpperCase();
  const { clientId, clientSecret, tokenUrl = description.tokenUrl } = config.vendors[vendor];
  return {
    name: vendor,
    timeoutMs: 10_000,
    action: `${new URL(tokenUrl).host} cannot be reached from here: check DNS, the firewall and the proxy.`,
    run: async (signal) => {
      const missing = [
        ...(clientId === undefined ? [`${prefix}_CLIENT_ID`] : []),
        ...(clientSecret === undefined ? [`${prefix}_CLIENT_SECRET`] : []),
      ];
      if (missing.length > 0)
        return [failed(`${missing.join(' and ')} not set.`, `Set it, or remove the other ${prefix}_ variables.`)];
      // Any answer proves that the vendor is reachable; without a code it refuses.
      await fetch(tokenUrl, { signal, redirect: 'manual' });
      return [ok(`reachable; it must know the redirect ${config.publicUrl}/api/oauth/callback`)];
    },
  };
}

export function filesCheck(config: Config): Check {
  const folder = join(config.dataDir, 'staging');
  return {
    name: 'files',
    timeoutMs: 10_000,
    action: `DATA_DIR=${config.dataDir} must be a folder that this user may write to.`,
    run: async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const file = join(folder, `doctor-${randomUUID()}`);
      await writeFile(file, 'x');
      await rm(file);
      const { bavail, bsize } = await statfs(folder);
      const free = bavail * bsize;
      const detail = `${(free / gigabyte).toFixed(1)} GB free at ${folder}`;
      const action = 'Free some space, or set DATA_DIR to another disk.';
      if (free < minFree.failed) return [failed(detail, action)];
      return [free < minFree.warning ? warning(detail, action) : ok(detail)];
    },
  };
}

/** Null if bytes are staged in a folder. */
export function stagingCheck({ stagingS3: s3 }: Config): Check | null {
  if (s3 === null) return null;
  return {
    name: 'staging',
    timeoutMs: 30_000,
    action:
      'Check STAGING_S3_BUCKET, STAGING_S3_ENDPOINT, the region and the credentials (AWS_ACCESS_KEY_ID and so on).',
    run: async () => {
      const files = createS3Files(s3);
      const folder = `doctor-${randomUUID()}`;
      await files.write(`${folder}/x`, Buffer.from('x'));
      const isRead = (await files.read(`${folder}/x`))?.toString() === 'x';
      await files.deleteFolder(folder);
      const isDeleted = (await files.list(folder)).length === 0;
      if (isRead && isDeleted) return [ok(`${s3.bucket}/${s3.prefix} can be written, read, listed and deleted`)];
      const lacks = isRead ? 'An object could not be deleted.' : 'An object that was written could not be read.';
      return [failed(lacks, 'Allow s3:PutObject, s3:GetObject, s3:DeleteObject and s3:ListBucket.')];
    },
  };
}

export function keysCheck(config: Config): Check {
  return {
    name: 'keys',
    timeoutMs: 1000,
    action: '',
    run: () => Promise.resolve([keysFinding(config)]),
  };
}

function keysFinding(config: Config): Omit<Finding, 'check'> {
  if (config.encryptionKey !== undefined) return ok('ENCRYPTION_KEY is set');
  if (config.databaseUrl === undefined) return ok(`the encryption key is kept in ${config.dataDir}`);
  return warning(
    `ENCRYPTION_KEY is not set: each process makes a key of its own in its DATA_DIR (here ${config.dataDir}).`,
    'Set the same ENCRYPTION_KEY for the API and all workers: openssl rand -hex 32. Keep a copy.',
  );
}
