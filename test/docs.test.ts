/** Everything that the documentation names must exist: pages, headings, scripts, variables, routes, examples. */

import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { buildApp } from '../api/app.ts';
import type { ApiDependencies } from '../api/dependencies.ts';
import { readConfig } from '../platform/config.ts';
import { definitionOf } from '../sources/connectors/registry.ts';
import { type SourceType, sourceTypes } from '../domain/source.ts';

const root = join(import.meta.dirname, '..');
const pages = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md', { cwd: root })].toSorted();
const textOf = new Map(pages.map((page) => [page, readFileSync(join(root, page), 'utf8')]));

interface Found {
  readonly page: string;
  readonly text: string;
}

/** Every match of the first group, over all pages. */
function find(pattern: RegExp, of: (text: string) => string = (text) => text): Found[] {
  return pages.flatMap((page) =>
    [...of(textOf.get(page) ?? '').matchAll(pattern)].map((match) => ({ page, text: match[1] ?? '' })),
  );
}

const withoutCode = (text: string): string =>
  text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '').replaceAll(/`[^`\n]*`/g, 'code');
const isHere = ({ text }: Found): boolean => !/^[a-z]+:/.test(text);
const links = find(/\]\(([^)\s]+)\)/g, withoutCode).filter(isHere);

/** The target of a link: a file below the root, and a heading in it. */
function targetOf({ page, text }: Found): { readonly file: string; readonly anchor: string | undefined } {
  const [path = '', anchor] = text.split('#', 2);
  return { file: path === '' ? page : normalize(join(dirname(page), path)), anchor };
}

/** Anchors as GitHub generates them from headings. */
function anchorsOf(page: string): string[] {
  const headings = [...(textOf.get(page) ?? '').replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm)];
  const slugs = headings.map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  );
  return slugs.map((slug, i) => {
    const earlier = slugs.slice(0, i).filter((other) => other === slug).length;
    return earlier === 0 ? slug : `${slug}-${earlier}`;
  });
}

test('every link points to an existing file and heading', () => {
  const broken = links.filter((link) => {
    const { file, anchor } = targetOf(link);
    if (!existsSync(join(root, file))) return true;
    return anchor !== undefined && !anchorsOf(file).includes(anchor);
  });

  expect(links.length).toBeGreaterThan(50);
  expect(broken).toEqual([]);
});

test('every page is linked from the README, directly or indirectly', () => {
  const reached = new Set(['README.md']);
  for (const page of reached)
    for (const link of links.filter((found) => found.page === page)) {
      const { file } = targetOf(link);
      const isFolder = existsSync(join(root, file)) && statSync(join(root, file)).isDirectory();
      reached.add(isFolder ? join(file, 'README.md') : file);
    }

  expect(pages.filter((page) => !reached.has(page))).toEqual([]);
});

const sources = globSync(
  '{domain,platform,db,sources,content,jobs,activities,workflows,api,composition,cli,web,scripts,tools,test}/**/*.{ts,tsx}',
  {
    cwd: root,
  },
);

const cited = sources.flatMap((file) =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/\bdocs\/[\w/-]+\.md(?:#[\w-]+)?/g)].map(([to]) => ({
    file,
    to,
  })),
);

test('every cited fact exists under its heading in docs/vendors', () => {
  const broken = cited.filter(({ to }) => {
    const [page = '', anchor] = to.split('#', 2);
    return !textOf.has(page) || (anchor !== undefined && !anchorsOf(page).includes(anchor));
  });

  expect(cited.length).toBeGreaterThan(50);
  expect(broken).toEqual([]);
});

test('the code cites each page of vendors’ facts, and no text that is not in the repository', () => {
  const facts = pages.filter((page) => page.startsWith('docs/vendors/') && !page.endsWith('README.md'));
  expect(facts.filter((page) => !cited.some(({ to }) => to.startsWith(`${page}#`)))).toEqual([]);
  const outside = sources.filter((file) => /\breference \d/.test(readFileSync(join(root, file), 'utf8')));
  expect(outside).toEqual([]);
});

test('every cited pitfall has a heading', () => {
  const headings = new Set([...(textOf.get('docs/pitfalls.md') ?? '').matchAll(/^### (\d+)\./gm)].map(([, n]) => n));
  const named = sources.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/pitfalls? ([\d, and]*\d)/g)].flatMap(([, numbers = '']) =>
      [...numbers.matchAll(/\d+/g)].map(([number]) => ({ file, number })),
    ),
  );

  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(({ number }) => !headings.has(number))).toEqual([]);
});

test('every script named is in package.json', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
  const named = find(/npm run (?:-s )?([a-z][a-z:-]*)/g);

  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(({ text }) => !(text in scripts))).toEqual([]);
});

/** Upper-case names that are not environment variables of the programs. */
const otherNames = [
  /^HEADWATER_(URL|TOKEN|ADMIN_TOKEN)$/, // variables of the command line
  /^OTEL_/, // OpenTelemetry reads its standard variables itself
  /^AWS_/, // so does Amazon's SDK
  /^TEMPORAL_(API_KEY|TLS(_\w+)?)$/, // Temporal's client reads its standard variables itself
  /^(POSTGRES_PASSWORD|NUM_HISTORY_SHARDS)$/, // variables of docker-compose.yml and its Temporal image
  /^(ACCESS_TOKEN_SCOPE_INSUFFICIENT|QUOTA_EXCEEDED)$/, // vendors' error codes
  /^(GOOGLEDRIVE|GMAIL|NOTION|SLACK|DROPBOX|ONE_?DRIVE)_(LIST|GET|FIND|FETCH|SEARCH|QUERY|RETRIEVE|READ|EXPORT|DOWNLOAD)/, // Composio's tools
];

test('every environment variable named is read by config.ts', () => {
  const read = new Set<string>();
  const recording = new Proxy<Record<string, string>>({}, { get: (_env, name) => void read.add(String(name)) });
  readConfig(recording);
  const named = find(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?=[`=/ ])/g);

  expect(named.length).toBeGreaterThan(50);
  expect(named.filter(({ text }) => !read.has(text) && !otherNames.some((name) => name.test(text)))).toEqual([]);
});

test('every API path named is a route', async () => {
  // Building the description uses no database, as in scripts/describe-api.ts.
  const deps = { config: readConfig({}), logger: pino({ level: 'silent' }) } as unknown as ApiDependencies;
  const app = await buildApp(deps);
  await app.ready();
  const { paths = {} } = app.swagger();
  await app.close();
  const routes = Object.keys(paths).map((path) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`));
  const named = find(/(\/api\/[\w$:./-]+)/g, withAddresses).map(({ page, text }) => ({
    page,
    text: text.replace(/[./:]+$/, ''),
  }));

  expect(named.length).toBeGreaterThan(50);
  expect(named.filter(({ text }) => !routes.some((route) => route.test(text)))).toEqual([]);
});

/** Replaces a page's `$API`, and omits files of the repository and vendors' own pages. */
function withAddresses(text: string): string {
  const api = /^API=https?:\/\/[^/]+(\/api\S*)/m.exec(text)?.[1] ?? '/api';
  return text
    .replaceAll(/^API=.*$/gm, '')
    .replaceAll(/https:\/\/\S+/g, '')
    .replaceAll(/(?:test|web)\/api\/|`api\//g, '')
    .replaceAll(/\$\{?API\b(?!%)\}?/g, api)
    .replaceAll(/\/api\/\S*…/g, '');
}

const sourcePages = globSync('docs/sources/*.md', { cwd: root });

test('the pages of the sources have the same headings', () => {
  const headings = [
    'What is synced',
    'Set-up',
    'Config',
    'Changes and deletions',
    'What cannot be read',
    'Limits',
    'Calls',
  ];

  expect(sourcePages).toHaveLength(sourceTypes.length + 1);
  for (const page of sourcePages)
    expect({ page, headings: [...(textOf.get(page) ?? '').matchAll(/^## (.+)$/gm)].map(([, title]) => title) }).toEqual(
      {
        page,
        headings,
      },
    );
});

test.each(sourceTypes)('the page of %s names each key of its config, and its example is valid', (type: SourceType) => {
  const page = textOf.get(`docs/sources/${type.replaceAll('_', '-')}.md`) ?? '';
  const config = /^## Config\n([\s\S]*?)^## /m.exec(page)?.[1] ?? '';
  const example: unknown = JSON.parse(/```json\n([\s\S]*?)```/.exec(config)?.[1] ?? 'null');

  const schema = definitionOf(type).config;
  expect(schema.safeParse(example)).toMatchObject({ success: true });
  for (const key of Object.keys(schema.shape)) expect(config).toContain(`\`${key}\``);
});
