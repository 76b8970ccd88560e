/**
 * The folders of the repository, in the order of their imports. The import test and the tables in README and
 * CONTRIBUTING are made from it.
 */

/** Which folders a folder may use at run time or only by their types, and which packages it may import. */
export interface Room {
  /** One sentence for the tables of README and CONTRIBUTING. */
  readonly purpose: string;
  readonly uses: readonly string[];
  readonly types?: readonly string[];
  readonly mayUse?: readonly RegExp[];
}

const node = /^node:/;
/** Imports point from right to left only: a folder may use those before it. */
export const direction = [
  'domain',
  'platform',
  'db',
  'sources',
  'content',
  'jobs',
  'activities',
  'workflows',
  'api',
  'composition',
];
export const rooms: Readonly<Record<string, Room>> = {
  domain: {
    purpose: 'types that several folders share, and every type that crosses Temporal; imports nothing',
    uses: [],
    // Pure computation, which workflow code also uses.
    mayUse: [/^@noble\/hashes/],
  },
  platform: {
    purpose: 'what every program needs: configuration, logging, tracing, metrics, the connection to Temporal',
    uses: ['domain'],
    mayUse: [node, /^(zod|pino|@temporalio\/(client|envconfig|worker|interceptors-opentelemetry)|@opentelemetry)/],
  },
  db: {
    purpose: 'every SQL statement, grouped by subject; migrations; access to rows (`asUser`)',
    uses: ['domain'],
    mayUse: [node, /^(kysely|pg)/],
  },
  'sources/connectors': {
    purpose: 'one folder per source: list, fetch; independent of Temporal and the database',
    uses: ['domain'],
    mayUse: [
      node,
      /^(zod|re2js|p-limit|pino|googleapis|undici|gaxios|google-auth-library|dropbox|@slack\/web-api|@notionhq\/client|@microsoft\/microsoft-graph-client)/,
    ],
  },
  'sources/credentials': {
    purpose: 'encrypted tokens, OAuth, token refresh, Composio',
    // How answers are read; nothing else of the connectors.
    uses: ['domain', 'platform', 'db', 'sources/connectors'],
    mayUse: [node, /^(oauth4webapi|@composio\/core|zod)/],
  },
  'sources/rate-limits': {
    purpose: 'one rate limit and one Retry-After per account, for all workers',
    uses: ['domain', 'platform', 'db'],
    types: ['sources/connectors'],
    mayUse: [node, /^(kysely|p-limit)/],
  },
  'sources/change-notifications': {
    purpose: 'notifications from vendors when something changes',
    uses: ['domain', 'db'],
    types: ['sources/connectors'],
    mayUse: [node, /^(@temporalio\/client|jose|zod)/],
  },
  // Combines connectors, sign-ins and limits.
  sources: {
    purpose: 'the sources, composed for worker and API',
    uses: ['domain', 'db', 'sources/connectors', 'sources/credentials'],
    types: ['platform'],
    mayUse: [],
  },
  'content/transformations': {
    purpose: "a user's own filters, redaction, fields, chunk sizes",
    uses: ['domain'],
    mayUse: [/^(zod|re2js|tinyld|libphonenumber-js)/],
  },
  'content/words': {
    purpose: 'which words count as equal, for the index and the query',
    uses: ['domain'],
    mayUse: [/^snowball-stemmers/],
  },
  'content/embeddings': {
    purpose: 'texts to vectors: OpenAI, compatible servers, local models',
    uses: ['domain', 'content/words'],
    types: ['platform', 'content/vectors'],
    mayUse: [node, /^(openai|zod|fflate)/],
  },
  'content/staging': {
    purpose: 'bytes and texts between two steps, in a folder or an object store',
    uses: ['domain', 'content/words'],
    mayUse: [node, /^@aws-sdk\/client-s3/],
  },
  'content/extraction': {
    purpose: 'bytes to text to chunks, in separate processes that can be killed',
    // Readers encode documents as they are staged.
    uses: ['domain', 'content/transformations', 'content/words', 'content/embeddings', 'content/staging'],
    mayUse: [
      node,
      /^(csv-parse|gpt-tokenizer|postal-mime|parse5|@embedpdf\/pdfium|iconv-lite|saxes|@e965\/xlsx|word-extractor|image-size|seek-bzip|xz-decompress|snappyjs|tesseract\.js-core|@kenjiuno\/(msgreader|decompressrtf)|diff)/,
    ],
  },
  'content/vectors': {
    purpose: 'vector stores: pgvector or Pinecone, one interface',
    uses: ['domain', 'db'],
    mayUse: [node, /^(kysely|p-limit|zod|@pinecone-database)/],
  },
  'content/search': {
    purpose: 'search by vectors and words, fused; passages and contexts',
    uses: ['domain', 'db', 'content/embeddings', 'content/words'],
    types: ['platform', 'content/vectors'],
    mayUse: [/^(kysely|gpt-tokenizer|zod)/],
  },
  'jobs/lease': { purpose: 'the lease: one job per source', uses: ['db'], mayUse: [/^@temporalio\/(client|common)/] },
  'jobs/schedules': {
    purpose: 'recurring runs as Temporal Schedules',
    uses: ['domain', 'db'],
    mayUse: [/^(@temporalio\/(client|common)|croner|node:util|zod)/],
  },
  'jobs/outgoing-webhooks': {
    purpose: "a user's own endpoints, signed and retried",
    uses: ['domain', 'db'],
    types: ['sources/credentials'],
    mayUse: [node, /^(@temporalio\/client|standardwebhooks)/],
  },
  activities: {
    purpose: 'the steps of a sync, each safe to repeat',
    uses: [
      'domain',
      'db',
      'content/embeddings',
      'content/staging',
      'content/words',
      'jobs',
      'sources/change-notifications',
    ],
    types: ['sources/connectors', 'platform', 'content/vectors'],
    mayUse: [node, /^(@temporalio\/(activity|client|common)|p-limit)/],
  },
  workflows: {
    purpose: 'the order of the steps: whether, when and what next',
    uses: ['domain'],
    types: ['activities'],
    mayUse: [/^@temporalio\/(workflow|common)/],
  },
  api: {
    purpose: 'REST, MCP and the web page, as a thin layer',
    uses: ['domain', 'db', 'sources', 'jobs', 'content/transformations'],
    types: ['platform', 'content/search', 'workflows'],
    mayUse: [
      node,
      /^(fastify|@fastify|@modelcontextprotocol\/sdk|@scalar|@temporalio\/(client|common)|zod|jose|openid-client|uuid|p-limit|prom-client|csv-stringify|hyparquet-writer)/,
    ],
  },
  composition: {
    purpose: 'one factory: what the worker and the API are made of',
    uses: ['domain', 'platform', 'db', 'sources', 'content', 'jobs', 'activities', 'api'],
    mayUse: [node, /^(@temporalio\/worker|p-limit)/],
  },
  // Published as a package of its own, so it imports nothing.
  client: { purpose: 'the API as typed functions: the package `@headwater/client`', uses: [], mayUse: [] },
  cli: {
    purpose: 'a command line over the API',
    uses: ['domain', 'client'],
    mayUse: [node, /^(commander|cli-progress)/],
  },
  // The page uses the types of the client, which are generated from the API's description.
  web: {
    purpose: 'a page over the API',
    uses: [],
    types: ['client'],
    mayUse: [/^(@mantine|@visx|@tabler|@tanstack|react|react-dom|react-markdown|remark-gfm|wouter|vite)/, node],
  },
};
/** These may import everything, because they start, test and measure it. */
export const seeAll = ['tools', 'scripts', 'test', 'docs', 'deploy'];
export const programs = ['worker.ts', 'server.ts', 'jest.config.ts'];

/** The folders as a table for people. */
export function roomTable(): string {
  const rows = Object.entries(rooms).map(([name, { purpose }]) => `| \`${name}/\` | ${purpose} |`);
  return [
    '| folder | purpose |',
    '| --- | --- |',
    ...rows,
    '| `tools/`, `scripts/`, `test/` | `npm start`, simulated vendors, benchmarks; the commands; the suite |',
  ].join('\n');
}
