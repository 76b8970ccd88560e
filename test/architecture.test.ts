import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from '@jest/globals';

/** Which rooms a room may use at run time and which only by their types, and which packages it must not know. */
interface Room {
  readonly uses: readonly string[];
  readonly types?: readonly string[];
  readonly mayUse?: readonly RegExp[];
}

const node = /^node:/;
const rooms: Readonly<Record<string, Room>> = {
  domain: { uses: [], mayUse: [] },
  transformations: { uses: ['domain'], mayUse: [/^(zod|re2js|tinyld|libphonenumber-js)/] },
  pipeline: {
    uses: ['domain', 'transformations'],
    mayUse: [
      node,
      /^(csv-parse|fast-xml-parser|fflate|gpt-tokenizer|linkedom|mammoth|piscina|postal-mime|read-excel-file|turndown|unpdf|diff)/,
    ],
  },
  connectors: {
    uses: ['domain'],
    mayUse: [
      node,
      /^(zod|p-limit|pino|googleapis|gaxios|google-auth-library|dropbox|@slack\/web-api|@notionhq\/client|@microsoft\/microsoft-graph-client)/,
    ],
  },
  embeddings: { uses: ['domain'], types: ['config.ts', 'vectors'], mayUse: [node, /^(openai|p-limit)/] },
  staging: { uses: ['domain'], mayUse: [node] },
  db: { uses: ['domain'], mayUse: [node, /^(kysely|pg)/] },
  vectors: { uses: ['domain', 'db'], mayUse: [node, /^(kysely|p-limit|@pinecone-database)/] },
  credentials: {
    uses: ['domain', 'db'],
    types: ['connectors', 'config.ts'],
    mayUse: [node, /^(oauth4webapi|@composio\/core|zod)/],
  },
  lease: { uses: ['db'], mayUse: [/^@temporalio\/(client|common)/] },
  push: {
    uses: ['domain', 'db'],
    types: ['connectors'],
    mayUse: [node, /^(@temporalio\/client|jose|zod)/],
  },
  webhooks: {
    uses: ['domain', 'db'],
    types: ['credentials'],
    mayUse: [node, /^(@temporalio\/client|standardwebhooks)/],
  },
  schedules: { uses: ['domain', 'db'], mayUse: [/^(@temporalio\/(client|common)|croner|zod)/] },
  metrics: { uses: ['domain'], types: ['db'], mayUse: [] },
  limits: { uses: ['domain', 'db'], types: ['connectors'], mayUse: [node, /^(kysely|p-limit)/] },
  search: { uses: ['db'], types: ['domain', 'embeddings', 'vectors'], mayUse: [/^(kysely|gpt-tokenizer)/] },
  activities: {
    uses: ['domain', 'db', 'embeddings', 'lease', 'push', 'schedules', 'webhooks'],
    types: ['connectors', 'metrics', 'staging', 'vectors'],
    mayUse: [node, /^(@temporalio\/(activity|client|common)|p-limit)/],
  },
  workflows: { uses: ['domain'], types: ['activities', 'db'], mayUse: [/^@temporalio\/(workflow|common)/] },
  api: {
    uses: ['domain', 'db', 'connectors', 'credentials', 'lease', 'push', 'schedules', 'transformations', 'webhooks'],
    types: ['config.ts', 'search', 'workflows'],
    mayUse: [
      node,
      /^(fastify|@fastify|@modelcontextprotocol\/sdk|@scalar|@temporalio\/(client|common)|zod|jose|uuid|p-limit|prom-client|csv-stringify)/,
    ],
  },
  cli: { uses: ['domain'], types: ['api'], mayUse: [node, /^(commander|cli-progress)/] },
};

interface Import {
  readonly file: string;
  readonly from: string;
  readonly isType: boolean;
}

const root = join(import.meta.dirname, '..');
const imports = Object.keys(rooms).flatMap((room) => filesOf(room).flatMap((file) => importsOf(file)));

test.each(Object.entries(rooms))('%s imports what the table allows and nothing else', (name, room) => {
  const used = imports.filter((entry) => entry.file.split('/')[0] === name);
  const forbidden = used.filter((entry) => !isAllowed(name, room, entry));
  expect(forbidden.map((entry) => `${entry.file} imports ${entry.from}`)).toEqual([]);
});

test('workflow code holds no vendor, database or Node module, so that it replays the same anywhere', () => {
  const outside = imports.filter((entry) => entry.file.startsWith('workflows/') && !entry.isType);
  const packages = new Set(outside.map((entry) => entry.from).filter((from) => !from.startsWith('.')));
  expect([...packages].toSorted()).toEqual(['@temporalio/common', '@temporalio/workflow']);
});

test('of the connectors the API knows the config schemas and sign-in descriptions, never an SDK', () => {
  const known = imports.filter((entry) => entry.file.startsWith('api/') && entry.from.includes('/connectors/'));
  expect(new Set(known.map((entry) => entry.from.split('/').at(-1)))).toEqual(
    new Set(
      ['composio-toolkits.ts', 'configs.ts', 'oauth-descriptions.ts', 'oauth.ts'].filter((f) =>
        known.some((k) => k.from.endsWith(f)),
      ),
    ),
  );
});

test('the environment is read in one place', () => {
  const readers = Object.keys(rooms).flatMap((room) =>
    filesOf(room).filter((file) => readFileSync(join(root, file), 'utf8').includes('process.env')),
  );
  // The command line is a program of its own: it finds the API by two variables.
  expect(readers.filter((file) => !file.startsWith('cli/'))).toEqual([]);
});

function isAllowed(name: string, room: Room, { file, from, isType }: Import): boolean {
  if (!from.startsWith('.')) return isType || (room.mayUse ?? []).some((pattern) => pattern.test(from));
  const target = normalize(join(dirname(file), from)).split('/')[0] ?? '';
  return target === name || room.uses.includes(target) || (isType && (room.types ?? []).includes(target));
}

/** What is still imported once the types are stripped is a run-time import; the rest is type-only. */
function importsOf(file: string): Import[] {
  const source = readFileSync(join(root, file), 'utf8');
  const atRunTime = new Set(specifiers(stripTypeScriptTypes(source)));
  return specifiers(source).map((from) => ({ file, from, isType: !atRunTime.has(from) }));
}

function specifiers(source: string): string[] {
  return [...source.matchAll(/^(?:import|export)\b[^'";]*?from '([^']+)'|^import '([^']+)'/gm)].map(
    (match) => match[1] ?? match[2] ?? '',
  );
}

function filesOf(room: string): string[] {
  return readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => `${room}/${file}`);
}
