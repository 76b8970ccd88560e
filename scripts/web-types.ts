/**
 * `npm run web:types`: writes the named types from the API's description into `web/api/types.ts`; the page uses no
 * others. With `--check` it writes nothing and fails if the file is outdated.
 */

import { join } from 'node:path';
import { generateApi } from 'swagger-typescript-api';
import { describeApi } from './describe-api.ts';
import { writeGenerated } from './write-generated.ts';

const root = join(import.meta.dirname, '..');
const file = join(root, 'web', 'api', 'types.ts');
const note = '/** Written by `npm run web:types` from the API’s own description. */\n\n';

await writeGenerated(note + (await generate(asPageReads(await describeApi()))), file, 'web:types');

/** The page finds its types by path, and parses rejected requests itself. */
function asPageReads(description: object): object {
  return JSON.parse(
    JSON.stringify(description, (key, value: unknown) =>
      key === '4XX' || key === 'operationId' || (key === 'pattern' && typeof value === 'string') ? undefined : value,
    ),
  ) as object;
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
