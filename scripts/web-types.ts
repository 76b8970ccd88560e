/**
 * `npm run web:types`: writes the named types from the API's description into `web/api/types.ts`; the page uses no
 * others. With `--check` it writes nothing and fails if the file is outdated.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { generateApi } from 'swagger-typescript-api';
import { buildApp } from '../api/app.ts';
import type { ApiDependencies } from '../api/dependencies.ts';
import { formatGenerated } from './format-generated.ts';
import { readConfig } from '../platform/config.ts';

const root = join(import.meta.dirname, '..');
const file = join(root, 'web', 'api', 'types.ts');
const note = '/** Written by `npm run web:types` from the API’s own description. */\n\n';

const written = await readFile(file, 'utf8').catch(() => '');
const types = formatGenerated(note + (await generate(await describeApi())), file);
if (!process.argv.includes('--check')) {
  await writeFile(file, types);
  console.log('web/api/types.ts is up to date.');
} else if (types !== written) {
  console.error('web/api/types.ts is outdated. Run `npm run web:types`.');
  process.exit(1);
}

async function describeApi(): Promise<object> {
  // Building the description uses no database and no vendor, so the other dependencies are never read.
  const deps = { config: readConfig({}), logger: pino({ level: 'silent' }) } as unknown as ApiDependencies;
  const app = await buildApp(deps);
  await app.ready();
  const description = app.swagger();
  await app.close();
  return outgoingOnly(description);
}

/** Each named type appears twice, for input and output, which are the same for ours. */
function outgoingOnly(description: object): object {
  const withoutPatterns = JSON.stringify(description, (key, value: unknown) =>
    // The page names its types by address, and reads what is refused by itself.
    key === '4XX' || key === 'operationId' || (key === 'pattern' && typeof value === 'string') ? undefined : value,
  );
  const text = withoutPatterns.replaceAll(/"#\/components\/schemas\/(\w+)Input"/g, '"#/components/schemas/$1"');
  const outgoing = JSON.parse(text) as { components: { schemas: Record<string, unknown> } };
  for (const name of Object.keys(outgoing.components.schemas))
    if (name.endsWith('Input')) delete outgoing.components.schemas[name];
  return outgoing;
}

async function generate(spec: object): Promise<string> {
  const { files } = await generateApi({
    spec,
    generateClient: false,
    generateUnionEnums: true,
    extractRequestBody: true,
    extractResponseBody: true,
    sortTypes: true,
    silent: true,
    codeGenConstructs: (constructs) => ({ ...constructs, Keyword: { ...constructs.Keyword, Any: 'unknown' } }),
  });
  return (files[0]?.fileContent ?? '').replace(/^\/\* eslint-disable \*\/[\s\S]*?\*\/\n/, '');
}
