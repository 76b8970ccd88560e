/** The environment is described once, from the schema; the compose file passes all of it, and .env.example names all of that. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { ConfigError, environment, readConfig } from '../platform/config.ts';
import { configurationPage, environmentExample, variableNames } from '../platform/environment-reference.ts';
import { temporalServerSettings } from '../tools/local/children.ts';

const root = join(import.meta.dirname, '..');
const read = (name: string): string => readFileSync(join(root, name), 'utf8');
/** Tables are padded by the formatter. */
const plain = (text: string): string => text.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---');

interface Service {
  readonly environment?: Readonly<Record<string, string>>;
  readonly profiles?: readonly string[];
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly mem_limit?: string;
  readonly healthcheck?: object;
  readonly ports?: readonly string[];
  readonly entrypoint?: readonly string[];
}
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
};
const { services } = compose;

describe('docs/configuration.md', () => {
  test('is what the schema says: npm run configuration writes it', () => {
    expect(plain(read('docs/configuration.md'))).toBe(plain(configurationPage()));
  });

  test('describes every variable, with its default', () => {
    const page = configurationPage();
    expect(Object.keys(environment.shape).filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
    expect(page).toMatch(/`DATABASE_POOL_SIZE` \| 1 to 200; default `10`/);
    expect(page).toMatch(/`VECTOR_STORE` \| `pgvector`, `pinecone`; default `pgvector`/);
  });
});

test.each([
  // The most common one: a generated password whose characters mean something in a URL. It is not shown.
  ['DATABASE_URL', 'postgres://headwater:p#ss@db:5432/headwater', /USER:PASSWORD@HOST:PORT\/NAME.*# .*as .*%23/],
  ['PUBLIC_URL', 'headwater.example.com', /begins with http:\/\/ or https:\/\//],
  ['PORT', '99999', /must be at most 65535/],
  ['PORT', 'http', /must be a number/],
  ['LOG_LEVEL', 'loud', /must be one of fatal, error/],
])('%s=%s is refused with what it must be', (name, value, message) => {
  const refusal = `${name}: .*${message.source}`;
  expect(() => readConfig({ [name]: value })).toThrow(new RegExp(refusal));
  expect(() => readConfig({ [name]: value })).not.toThrow(/p#ss/);
});

describe('docker-compose.yml', () => {
  /** The container's own business, what only tests and simulators set, and what has no meaning in a container. */
  const notPassed =
    /_(API_BASE_URL|AUTH_URL|TOKEN_URL|REVOKE_URL)$|^(HOST|PORT|DATA_DIR|METRICS_ADDRESS|LOCAL_FOLDER_ROOTS|PIP_INDEX_URL|COMPOSIO_BASE_URL|PINECONE_CONTROLLER_HOST|GMAIL_NOTIFICATION_JWKS_URL)$/;

  test.each(['api', 'worker', 'migrate'])('%s gets every variable', (name) => {
    const passed = services[name]?.environment ?? {};
    expect(variableNames.filter((each) => !notPassed.test(each) && passed[each] === undefined)).toEqual([]);
  });

  test.each(['api', 'worker', 'migrate'])('%s has no capabilities and a read-only root', (name) => {
    expect(services[name]).toMatchObject({
      read_only: true,
      tmpfs: ['/tmp'],
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  test('its Temporal lets users take turns by the settings of `npm start`, which operations.md names (P8)', async () => {
    const own = (await temporalServerSettings()).filter((setting) => setting.startsWith('matching.'));
    const content = compose.configs['temporal-dynamic-config']?.content ?? '';
    const settings = Object.entries(parse(content) as Record<string, readonly { readonly value: unknown }[]>);
    expect(settings.map(([name, [only]]) => `${name}=${JSON.stringify(only?.value)}`)).toEqual(own);
    const operations = read('docs/operations.md');
    expect(own.filter((setting) => !operations.includes(`\`${setting.replace('=', ': ')}\``))).toEqual([]);
    expect(own).toHaveLength(2);
  });

  test('what it reads from .env is described in .env.example, and nothing else is: npm run configuration writes it', () => {
    const asked = new Set([...read('docker-compose.yml').matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name));
    const example = read('.env.example');
    expect(new Set([...example.matchAll(/^(\w+)=/gm)].map(([, name]) => name))).toEqual(asked);
    expect(example).toBe(environmentExample(asked));
  });

  test('no password stands in an address, where some characters would have to be escaped', () => {
    for (const { environment: passed = {} } of Object.values(services))
      for (const [name, value] of Object.entries(passed))
        if (name.endsWith('_URL')) expect([name, value]).toEqual([name, expect.not.stringMatching(/PASSWORD/)]);
  });

  test.each([
    ['hunter2', 'hunter2'],
    ['a-b_C.3', 'a-b_C.3'],
    ...['a b', "it's", '"quoted" \\ $HOME `id`', 'colon: #hash', 'ünï', '%41@/?&', '-n', '{', '*', 'null'].map(
      (password) => [password, createHash('sha256').update(password).digest('hex')] as const,
    ),
  ])(
    'Temporal and its Postgres get the same password from %j, without a character that YAML would read',
    (password, expected) => {
      for (const [name, variable] of [
        ['temporal', 'POSTGRES_PWD'],
        ['temporal-postgres', 'POSTGRES_PASSWORD'],
      ] as const) {
        const [shell = '', ...args] = services[name]?.entrypoint?.map((part) => part.replaceAll('$$', '$')) ?? [];
        const env = { PATH: process.env['PATH'], TEMPORAL_PASSWORD: password };
        expect(execFileSync(shell, [...args, 'printenv', variable], { env }).toString()).toBe(`${expected}\n`);
        expect(services[name]?.environment).not.toHaveProperty(variable);
      }
    },
  );

  test.each(Object.keys(services).filter((name) => name !== 'migrate'))(
    '%s is watched, bounded and restarted',
    (name) => {
      const service = services[name];
      expect(service).toMatchObject({ restart: 'unless-stopped', mem_limit: expect.any(String) });
      if (name !== 'temporal-ui') expect(service?.healthcheck).toBeDefined();
    },
  );

  test('Temporal keeps the histories of what has ended for a week', () =>
    expect(services['temporal']?.environment).toMatchObject({ DEFAULT_NAMESPACE_RETENTION: '168h' }));

  test('Temporal’s Web UI runs only when asked for, and nothing is open beyond this machine', () => {
    expect(services['temporal-ui']?.profiles).toEqual(['ui']);
    for (const { ports = [] } of Object.values(services))
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });
});

test.each([
  [{ ENCRYPTION_KEY: 'short' }, 'ENCRYPTION_KEY'],
  [{ ENCRYPTION_KEY_PREVIOUS: `${'ab'.repeat(32)},short` }, 'ENCRYPTION_KEY_PREVIOUS'],
  [{ TRUSTED_PROXIES: '10.0.0.0/33' }, 'TRUSTED_PROXIES'],
  [{ TRUSTED_PROXIES: 'proxy.example.com' }, 'TRUSTED_PROXIES'],
  [{ REQUEST_LIMIT_PER_USER: '0' }, 'REQUEST_LIMIT_PER_USER'],
])('%j is refused by name', (variables, name) => {
  expect(() => readConfig(variables)).toThrow(ConfigError);
  expect(() => readConfig(variables)).toThrow(name);
});
