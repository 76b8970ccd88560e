import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from '@jest/globals';

/** Which rooms a room may use at run time and which only by their types, and which packages it may know. */
interface Room {
  readonly uses: readonly string[];
  readonly types?: readonly string[];
  readonly mayUse?: readonly RegExp[];
}

const node = /^node:/;
/** Imports point from right to left only: a room may use those that stand before its own. */
const direction = ['domain', 'platform', 'db', 'sources', 'content', 'jobs', 'activities', 'workflows', 'api'];
const rooms: Readonly<Record<string, Room>> = {
  domain: { uses: [], mayUse: [] },
  platform: {
    uses: ['domain'],
    mayUse: [node, /^(zod|pino|@temporalio\/(client|envconfig|worker|interceptors-opentelemetry)|@opentelemetry)/],
  },
  db: { uses: ['domain'], mayUse: [node, /^(kysely|pg)/] },
  // The composition of connectors, sign-ins and limits.
  sources: { uses: ['domain', 'db', 'sources/connectors', 'sources/credentials'], types: ['platform'], mayUse: [] },
  'sources/connectors': {
    uses: ['domain'],
    mayUse: [
      node,
      /^(zod|p-limit|pino|googleapis|gaxios|google-auth-library|dropbox|@slack\/web-api|@notionhq\/client|@microsoft\/microsoft-graph-client)/,
    ],
  },
  'sources/credentials': {
    uses: ['domain', 'db'],
    types: ['sources/connectors', 'platform'],
    mayUse: [node, /^(oauth4webapi|@composio\/core|zod)/],
  },
  'sources/rate-limits': { uses: ['domain', 'db'], types: ['sources/connectors'], mayUse: [node, /^(kysely|p-limit)/] },
  'sources/change-notifications': {
    uses: ['domain', 'db'],
    types: ['sources/connectors'],
    mayUse: [node, /^(@temporalio\/client|jose|zod)/],
  },
  'content/transformations': { uses: ['domain'], mayUse: [/^(zod|re2js|tinyld|libphonenumber-js)/] },
  'content/extraction': {
    uses: ['domain', 'content/transformations'],
    mayUse: [
      node,
      /^(csv-parse|fast-xml-parser|fflate|gpt-tokenizer|linkedom|mammoth|piscina|postal-mime|read-excel-file|turndown|unpdf|diff)/,
    ],
  },
  'content/embeddings': {
    uses: ['domain'],
    types: ['platform', 'content/vectors'],
    mayUse: [node, /^(openai|p-limit)/],
  },
  'content/staging': { uses: ['domain'], mayUse: [node] },
  'content/vectors': { uses: ['domain', 'db'], mayUse: [node, /^(kysely|p-limit|@pinecone-database)/] },
  'content/search': {
    uses: ['db'],
    types: ['domain', 'content/embeddings', 'content/vectors'],
    mayUse: [/^(kysely|gpt-tokenizer)/],
  },
  'jobs/lease': { uses: ['db'], mayUse: [/^@temporalio\/(client|common)/] },
  'jobs/schedules': { uses: ['domain', 'db'], mayUse: [/^(@temporalio\/(client|common)|croner|zod)/] },
  'jobs/outgoing-webhooks': {
    uses: ['domain', 'db'],
    types: ['sources/credentials'],
    mayUse: [node, /^(@temporalio\/client|standardwebhooks)/],
  },
  activities: {
    uses: ['domain', 'db', 'content/embeddings', 'jobs', 'sources/change-notifications'],
    types: ['sources/connectors', 'platform', 'content/staging', 'content/vectors'],
    mayUse: [node, /^(@temporalio\/(activity|client|common)|p-limit)/],
  },
  workflows: { uses: ['domain'], types: ['activities', 'db'], mayUse: [/^@temporalio\/(workflow|common)/] },
  api: {
    uses: ['domain', 'db', 'sources', 'jobs', 'content/transformations'],
    types: ['platform', 'content/search', 'workflows'],
    mayUse: [
      node,
      /^(fastify|@fastify|@modelcontextprotocol\/sdk|@scalar|@temporalio\/(client|common)|zod|jose|uuid|p-limit|prom-client|csv-stringify)/,
    ],
  },
  cli: { uses: ['domain'], types: ['api'], mayUse: [node, /^(commander|cli-progress)/] },
  // The page knows the API by the types that are written from its description.
  web: {
    uses: [],
    types: [],
    mayUse: [/^(@mantine|@tabler|@tanstack|react|react-dom|wouter|vite)/, node],
  },
};
/** These see everything: what starts, tries and measures all of it. */
const seeAll = ['tools', 'scripts', 'test', 'docs'];
const programs = ['worker.ts', 'server.ts', 'jest.config.ts'];

interface Import {
  readonly file: string;
  readonly from: string;
  readonly isType: boolean;
}

const root = join(import.meta.dirname, '..');
const imports = topFolders()
  .filter((folder) => !seeAll.includes(folder))
  .flatMap((folder) => filesOf(folder).flatMap((file) => importsOf(file)));

test.each(Object.entries(rooms))('%s imports what the table allows and nothing else', (name, room) => {
  const used = imports.filter((entry) => roomOf(entry.file) === name);
  const forbidden = used.filter((entry) => !isAllowed(name, room, entry));
  expect(forbidden.map((entry) => `${entry.file} imports ${entry.from}`)).toEqual([]);
});

test('every folder stands in the table, and at the root are the programs only', () => {
  const top = Object.keys(rooms).map((name) => name.split('/')[0]);
  expect(topFolders().filter((folder) => !seeAll.includes(folder) && !top.includes(folder))).toEqual([]);
  const files = readdirSync(root).filter((file) => /\.(ts|mjs|js)$/.test(file));
  expect(files.toSorted()).toEqual(programs.toSorted());
});

test('the table itself points one way', () => {
  const rank = (name: string): number => direction.indexOf(name.split('/')[0] ?? '');
  const upward = Object.entries(rooms).flatMap(([name, { uses, types = [] }]) =>
    [...uses, ...types].filter((other) => rank(name) >= 0 && rank(other) > rank(name)).map((to) => `${name} → ${to}`),
  );
  expect(upward).toEqual([]);
});

test('nothing but tests, tools and scripts imports what lies in them', () => {
  const inward = imports.filter(
    ({ file, from }) => from.startsWith('.') && seeAll.includes(folderOf(targetOf(file, from))),
  );
  expect(inward.map((entry) => `${entry.file} imports ${entry.from}`)).toEqual([]);
});

test('workflow code holds no vendor, database or Node module, so that it replays the same anywhere', () => {
  const outside = imports.filter((entry) => entry.file.startsWith('workflows/') && !entry.isType);
  const packages = new Set(outside.map((entry) => entry.from).filter((from) => !from.startsWith('.')));
  expect([...packages].toSorted()).toEqual(['@temporalio/common', '@temporalio/workflow']);
});

test('of the connectors the API knows the config schemas and sign-in descriptions, never an SDK', () => {
  const known = imports.filter((entry) => entry.file.startsWith('api/') && entry.from.includes('/connectors/'));
  const allowed = ['composio-toolkits.ts', 'configs.ts', 'oauth-descriptions.ts', 'oauth.ts'];
  expect(known.map((entry) => entry.from.split('/').at(-1) ?? '').filter((file) => !allowed.includes(file))).toEqual(
    [],
  );
});

test('the environment is read in one place', () => {
  const readers = topFolders()
    .filter((folder) => !seeAll.includes(folder))
    .flatMap((folder) => filesOf(folder))
    .filter((file) => readFileSync(join(root, file), 'utf8').includes('process.env'));
  // The command line is a program of its own: it finds the API by two variables.
  expect(readers.filter((file) => !file.startsWith('cli/') && !file.startsWith('platform/'))).toEqual([]);
});

function isAllowed(name: string, room: Room, { file, from, isType }: Import): boolean {
  if (!from.startsWith('.')) return isType || (room.mayUse ?? []).some((pattern) => pattern.test(from));
  const target = roomOf(targetOf(file, from));
  if (target === name) return true;
  return covers(room.uses, target) || (isType && covers(room.types ?? [], target));
}

/** A name stands for the room and for the rooms within it. */
function covers(names: readonly string[], target: string): boolean {
  return names.some((name) => target === name || target.startsWith(`${name}/`));
}

/** The innermost room of the table in which a file lies. */
function roomOf(file: string): string {
  const within = Object.keys(rooms).filter((name) => file.startsWith(`${name}/`));
  return within.toSorted((a, b) => b.length - a.length)[0] ?? folderOf(file);
}

function folderOf(file: string): string {
  return file.split('/')[0] ?? '';
}

function targetOf(file: string, from: string): string {
  return normalize(join(dirname(file), from));
}

/** What is still imported once the types are stripped is a run-time import; the rest is type-only. */
function importsOf(file: string): Import[] {
  const source = readFileSync(join(root, file), 'utf8');
  // Node strips no JSX: there the words `import type` tell.
  const runTime = file.endsWith('.tsx') ? source.replaceAll(/^import type [^;]*;/gm, '') : stripTypeScriptTypes(source);
  const atRunTime = new Set(specifiers(runTime));
  return specifiers(source).map((from) => ({ file, from, isType: !atRunTime.has(from) }));
}

function specifiers(source: string): string[] {
  return [...source.matchAll(/^(?:import|export)\b[^'";]*?from '([^']+)'|^import '([^']+)'/gm)].map(
    (match) => match[1] ?? match[2] ?? '',
  );
}

function topFolders(): string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .filter((name) => name !== 'node_modules' && name !== 'coverage');
}

function filesOf(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.test.ts') && !file.startsWith('dist'))
    .map((file) => `${folder}/${file}`);
}
