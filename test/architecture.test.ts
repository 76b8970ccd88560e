import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { direction, programs, type Room, rooms, roomTable, seeAll } from './rooms.ts';

interface Import {
  readonly file: string;
  readonly from: string;
  readonly isType: boolean;
}

const root = join(import.meta.dirname, '..');
const imports = topFolders()
  .filter((folder) => !seeAll.includes(folder))
  .flatMap((folder) => filesOf(folder).flatMap((file) => importsOf(file)));

test.each(Object.entries(rooms))('%s imports only what the table allows', (name, room) => {
  const used = imports.filter((entry) => roomOf(entry.file) === name);
  const forbidden = used.filter((entry) => !isAllowed(name, room, entry));
  expect(forbidden.map((entry) => `${entry.file} imports ${entry.from}`)).toEqual([]);
});

test('every folder is in the table, and only the programs are at the root', () => {
  const top = Object.keys(rooms).map((name) => name.split('/')[0]);
  expect(topFolders().filter((folder) => !seeAll.includes(folder) && !top.includes(folder))).toEqual([]);
  const files = readdirSync(root).filter((file) => /\.(ts|mjs|js)$/.test(file));
  expect(files.toSorted()).toEqual(programs.toSorted());
});

test('the programs at the root import only what they run', () => {
  const used = programs.flatMap((file) => importsOf(file)).filter(({ from }) => from.startsWith('.'));
  expect(used.length).toBeGreaterThan(20);
  const foreign = used.filter(({ file, from }) => !direction.includes(folderOf(targetOf(file, from))));
  expect(foreign.map(({ file, from }) => `${file} imports ${from}`)).toEqual([]);
});

test.each(['README.md', 'CONTRIBUTING.md'])('%s contains the current table', (page) => {
  const cells = (text: string): string[] =>
    text.split('\n').map((line) => line.replaceAll(/\s*\|\s*/g, '|').replaceAll(/-+/g, '-'));
  const shown = cells(readFileSync(join(root, page), 'utf8'));
  // Written by hand once. If this fails, insert the expected rows and run `npm run format`.
  expect(cells(roomTable()).filter((row) => !shown.includes(row))).toEqual([]);
});

test('the drawing in README has every folder of programs and below, and none above one that it imports', () => {
  const drawing = /```\n( +web\/[^`]*)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1] ?? '';
  const top = [...new Set(Object.keys(rooms).map((name) => folderOf(name)))];
  const at = (name: string): number => drawing.split('\n').findIndex((line) => line.includes(` ${name}/`));
  expect(top.filter((name) => at(name) < 0)).toEqual([]);
  const upward = Object.entries(rooms).flatMap(([name, { uses, types = [] }]) =>
    [...uses, ...types]
      .filter((other) => folderOf(other) !== folderOf(name) && at(folderOf(other)) < at(folderOf(name)))
      .map((other) => `${name} → ${other}`),
  );
  expect(upward).toEqual([]);
});

test('the table itself allows imports in one direction only', () => {
  const rank = (name: string): number => direction.indexOf(name.split('/')[0] ?? '');
  const upward = Object.entries(rooms).flatMap(([name, { uses, types = [] }]) =>
    [...uses, ...types].filter((other) => rank(name) >= 0 && rank(other) > rank(name)).map((to) => `${name} → ${to}`),
  );
  expect(upward).toEqual([]);
  const names = Object.keys(rooms);
  const below = Object.entries(rooms).flatMap(([name, { uses }], row) =>
    names.slice(row + 1).flatMap((other) => (covers(uses, other) ? [`${name} → ${other}`] : [])),
  );
  expect(below).toEqual([]);
});

test('only tests, tools and scripts import from those folders', () => {
  const inward = imports.filter(
    ({ file, from }) => from.startsWith('.') && seeAll.includes(folderOf(targetOf(file, from))),
  );
  expect(inward.map((entry) => `${entry.file} imports ${entry.from}`)).toEqual([]);
});

test('workflow code imports no vendor, database or Node module, so that it replays the same everywhere', () => {
  const outside = imports.filter((entry) => entry.file.startsWith('workflows/') && !entry.isType);
  const packages = new Set(outside.map((entry) => entry.from).filter((from) => !from.startsWith('.')));
  expect([...packages].toSorted()).toEqual(['@temporalio/common', '@temporalio/workflow']);
});

test('the API imports the connectors’ config schemas and sign-in descriptions, never an SDK', () => {
  const known = imports.filter((entry) => entry.file.startsWith('api/') && entry.from.includes('/connectors/'));
  const allowed = ['registry.ts', 'oauth.ts', 'source-definition.ts'];
  expect(known.map((entry) => entry.from.split('/').at(-1) ?? '').filter((file) => !allowed.includes(file))).toEqual(
    [],
  );
});

test('at run time, sign-ins import from the connectors only how answers are read', () => {
  const known = imports.filter(
    (entry) => entry.file.startsWith('sources/credentials/') && !entry.isType && entry.from.includes('/connectors/'),
  );
  const allowed = ['answers.ts', 'bounded-body.ts', 'too-large.ts'];
  expect(known.map((entry) => entry.from.split('/').at(-1) ?? '').filter((file) => !allowed.includes(file))).toEqual(
    [],
  );
});

test('activities and routes use the transactions of their input or request, so that none names a user itself', () => {
  const importing = [...filesOf('activities'), ...filesOf('api/routes')].filter((file) =>
    /^import \{[^}]*\basUser\b[^}]*\} from '[^']*as-user\.ts'/m.test(readFileSync(join(root, file), 'utf8')),
  );
  // The first finds the owner of a staged job, the second binds the transactions, the third finds who subscribed.
  expect(importing.toSorted()).toEqual([
    'activities/clean-staging.ts',
    'activities/support/activity.ts',
    'api/routes/change-notifications.ts',
  ]);
});

test('the page imports the styles of each component that it uses', () => {
  const styles = readFileSync(join(root, 'web', 'styles.ts'), 'utf8');
  const used = filesOf('web').flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/import \{([^}]+)\} from '@mantine\/core'/g)].flatMap(
      ([, names = '']) => names.split(',').map((name) => name.trim()),
    ),
  );
  const styled = readdirSync(join(root, 'node_modules', '@mantine', 'core', 'styles'));
  const missing = [...new Set(used)].filter(
    (name) => styled.includes(`${name}.css`) && !styles.includes(`/${name}.css'`),
  );
  expect(missing).toEqual([]);
});

test('the environment is read in one module', () => {
  const readers = topFolders()
    .filter((folder) => !seeAll.includes(folder))
    .flatMap((folder) => filesOf(folder))
    .filter((file) => readFileSync(join(root, file), 'utf8').includes('process.env'));
  // The command line is a separate program, which reads two variables to find the API.
  expect(readers.filter((file) => !file.startsWith('cli/') && !file.startsWith('platform/'))).toEqual([]);
});

const readersOnly = ['@e965/xlsx', '@embedpdf/pdfium', 'gpt-tokenizer', 'parse5', 'saxes'];
const onceAsked = ['@pinecone-database/pinecone', '@scalar/fastify-api-reference'];
const workersOnly = ['@temporalio/worker', 'googleapis', '@notionhq/client', '@slack/web-api', 'dropbox'];

test.each([
  ['server.ts', [...readersOnly, ...onceAsked, ...workersOnly]],
  ['worker.ts', [...readersOnly, ...onceAsked]],
])('%s does not load at its start what others need, or only some of its users', async (program, others) => {
  const packages = await packagesOf(program);
  expect(packages).toContain('@temporalio/client');
  expect(packages.filter((name) => others.includes(name))).toEqual([]);
});

/** @returns the packages that a program has loaded once it could start */
async function packagesOf(program: string): Promise<readonly string[]> {
  const code = `
    import { registerHooks } from 'node:module';
    const files = new Set();
    registerHooks({ load: (url, context, next) => { files.add(url); return next(url, context); } });
    await import('./${program}');
    console.log(JSON.stringify([...files]));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], {
    cwd: root,
    maxBuffer: 16 * 1024 * 1024,
  });
  const files = JSON.parse(stdout) as readonly string[];
  return [...new Set(files.flatMap((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []))];
}

function isAllowed(name: string, room: Room, { file, from, isType }: Import): boolean {
  if (!from.startsWith('.')) return isType || (room.mayUse ?? []).some((pattern) => pattern.test(from));
  const target = roomOf(targetOf(file, from));
  if (target === name) return true;
  return covers(room.uses, target) || (isType && covers(room.types ?? [], target));
}

/** A name covers the folder and the folders inside it. */
function covers(names: readonly string[], target: string): boolean {
  return names.some((name) => target === name || target.startsWith(`${name}/`));
}

/** The innermost folder of the table that contains a file. */
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

/** Imports that remain after the types are stripped are run-time imports; the others are type-only. */
function importsOf(file: string): Import[] {
  const source = readFileSync(join(root, file), 'utf8');
  // Node does not strip JSX, so there the words `import type` decide.
  const runTime = file.endsWith('.tsx') ? source.replaceAll(/^import type [^;]*;/gm, '') : stripTypeScriptTypes(source);
  const atRunTime = new Set(specifiers(runTime));
  return specifiers(source).map((from) => ({ file, from, isType: !atRunTime.has(from) }));
}

function specifiers(source: string): string[] {
  return [
    ...source.matchAll(/^(?:import|export)\b[^'";]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm),
  ].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
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
