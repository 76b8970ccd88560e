/**
 * `npm run client:operations`: writes `client/src/operations.ts`, the types and functions of the client, from the API's
 * description. With `--check` it writes nothing and fails if the file is outdated.
 */

import { join } from 'node:path';
import { generateApi } from 'swagger-typescript-api';
import { isClientCall } from './client-calls.ts';
import { describeApi } from './describe-api.ts';
import { writeGenerated } from './write-generated.ts';

/** The facts that the generator gives about one operation; its own types leave most of it open. */
interface Route {
  readonly raw: {
    readonly operationId: string;
    readonly description?: string;
    readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
  };
  readonly request: {
    readonly method: string;
    /** With parameters as in a template string. */
    readonly path: string;
    readonly parameters?: readonly { readonly name: string; readonly type: string }[];
    readonly query?: { readonly type: string; readonly optional: boolean };
    readonly payload?: { readonly type: string; readonly optional: boolean };
  };
  readonly response: { readonly type: string };
}

const file = join(import.meta.dirname, '..', 'client', 'src', 'operations.ts');

await writeGenerated(await generate(await describeApi()), file, 'client:operations');

async function generate(description: object): Promise<string> {
  const spec = asClientReads(description);
  const { files, configuration } = await generateApi({
    spec,
    generateClient: false,
    generateUnionEnums: true,
    extractRequestBody: true,
    extractResponseBody: true,
    sortTypes: true,
    silent: true,
    codeGenConstructs: (constructs) => ({ ...constructs, Keyword: { ...constructs.Keyword, Any: 'unknown' } }),
  });
  const types = (files[0]?.fileContent ?? '')
    .replace(/^\/\* eslint-disable \*\/[\s\S]*?\*\/\n/, '')
    // A file on disk is a `Blob` too (`openAsBlob`), and has no name of its own.
    .replaceAll(/= File;/g, '= Blob;');
  const { outOfModule, combined } = (
    configuration as unknown as {
      readonly routes: { readonly outOfModule: Route[]; readonly combined?: readonly { readonly routes: Route[] }[] };
    }
  ).routes;
  const routes = [...outOfModule, ...(combined ?? []).flatMap((module) => module.routes)]
    .filter(({ raw }) => isClientCall(raw.operationId))
    .toSorted((a, b) => a.raw.operationId.localeCompare(b.raw.operationId));
  return `/** Written by \`npm run client:operations\` from the API’s own description. */

import type { Call, CallOptions, Send } from './request.ts';

${types}
${routes.map(queryTypeOf).join('\n')}

export function createOperations(ask: <T>(call: Call) => Promise<T>, send: Send) {
  return {
${routes.map(functionOf).join('\n')}
  };
}
`;
}

/** Errors are thrown, and a client need not know patterns. */
function asClientReads(description: object): object {
  return JSON.parse(
    JSON.stringify(description, (key, value: unknown) =>
      key === '4XX' || (key === 'pattern' && typeof value === 'string') ? undefined : value,
    ),
  ) as object;
}

function queryNameOf({ raw }: Route): string {
  return `${raw.operationId.charAt(0).toUpperCase()}${raw.operationId.slice(1)}Query`;
}

function queryTypeOf(route: Route): string {
  const { query } = route.request;
  if (query === undefined) return '';
  // Values that are not set are not sent.
  return `export interface ${queryNameOf(route)} ${query.type.replaceAll(/^(\s*"?\w+"?\?): ([^\n]*?),?$/gm, '$1: $2 | undefined,')}`;
}

function functionOf(route: Route): string {
  const { raw, request, response } = route;
  const parameters = (request.parameters ?? []).map(({ name }) => `${name}: string`);
  const body = request.payload === undefined ? [] : [`body: ${request.payload.type}`];
  const query =
    request.query === undefined ? [] : [`query: ${queryNameOf(route)}${request.query.optional ? ' = {}' : ''}`];
  const path = request.path.replaceAll(/\$\{(\w+)\}/g, '${encodeURIComponent($1)}');
  const fields = [
    `method: '${request.method.toUpperCase()}'`,
    `path: \`${path}\``,
    ...(query.length > 0 ? ['query'] : []),
    ...(body.length > 0 ? ['body'] : []),
    '...options',
  ];
  const call = `({ ${fields.join(', ')} })`;
  // An answer without a described shape is a file or a stream, which is handed over as it is.
  const isShaped = Object.values(raw.responses).some(({ content }) => content?.['application/json'] !== undefined);
  const does = isShaped ? `await ask<${response.type}>${call}` : `await send${call}`;
  const comment = raw.description === undefined ? '' : `/** ${raw.description.replaceAll('*/', '* /')} */\n`;
  return `${comment}${raw.operationId}: async (${[...parameters, ...body, ...query, 'options: CallOptions = {}'].join(', ')}) => ${does},`;
}
