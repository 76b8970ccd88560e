import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import type { Config } from '../../platform/config.ts';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { operationIdOf } from './operation-names.ts';

/** The API's description, generated from the routes' own schemas. */
export const openapiPlugin = fastifyPlugin(
  async (app: FastifyInstance, { config }: { readonly config: Config }) => {
    await app.register(swagger, {
      openapi: {
        // 3.0 cannot say that a value is null or one of some others.
        openapi: '3.1.0',
        info: {
          title: 'Headwater',
          version: config.version,
          description:
            'Durable content sync. Errors are RFC 9457 problems with a stable `code`. Lists are paged with an opaque `cursor`.',
          license: { name: 'Unlicensed', identifier: 'LicenseRef-Unlicensed' },
          contact: { name: 'The operator of this installation' },
        },
        servers: [{ url: '/', description: 'This installation' }],
        tags: Object.entries(groups).map(([name, description]) => ({ name, description })),
        components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
        security: [{ bearer: [] }],
      },
      transform: (route) => {
        const { schema, url } = jsonSchemaTransform(route);
        const open = route.route.config?.public === true ? { security: [] } : {};
        const operationId = operationIdOf([route.route.method].flat()[0] ?? 'GET', url);
        const description = schema?.description ?? `${schema?.summary ?? operationId}.`;
        return { schema: { ...schema, description, operationId, tags: [groupOf(url)], ...open }, url };
      },
      // Named schemas appear once, under `components`.
      transformObject: (document) => withProblems(onceEach(jsonSchemaTransformObject(document) as Description)),
    });
  },
  { name: 'openapi' },
);

interface Description {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, { responses?: Record<string, unknown> }>>>>;
  components?: { schemas?: Record<string, unknown> };
}

const problem = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'stable; listed in docs/errors.md' },
    detail: { type: 'string', description: 'what happened, why, what to do' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'message'],
        properties: { field: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
} as const;

const exampleProblem = {
  type: 'about:blank',
  title: 'Bad Request',
  status: 400,
  code: 'invalid_request',
  detail: 'limit: must be at most 200',
  errors: [{ field: 'limit', message: 'must be at most 200' }],
};

/** A named schema is described for requests too, with the same fields; here it stands once. */
function onceEach(document: Description): Description {
  const text = JSON.stringify(document).replaceAll(
    /"#\/components\/schemas\/(\w+)Input"/g,
    '"#/components/schemas/$1"',
  );
  const once = JSON.parse(text) as Description;
  const schemas = once.components?.schemas ?? {};
  for (const name of Object.keys(schemas)) if (name.endsWith('Input')) delete schemas[name];
  return once;
}

/** Every operation may be rejected with the same kind of answer, so that one is described once, under `components`. */
function withProblems<Document extends Description>(document: Document): Document {
  const schema = { $ref: '#/components/schemas/Problem' };
  const content = { 'application/problem+json': { schema, example: exampleProblem } };
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: problem },
  };
  for (const path of Object.values(document.paths ?? {}))
    for (const operation of Object.values(path))
      operation.responses = { ...operation.responses, '4XX': { description: 'Refused', content } };
  return document;
}

/** The groups of routes, in their order on the page. */
const groups = {
  Sources: 'What is synced, and the sign-ins for it',
  Syncs: 'Jobs: start, watch, control',
  Schedules: 'Recurring syncs',
  Documents: 'What was synced: read, search, export, follow',
  'Projects and tags': 'Names under which documents are grouped',
  Transformations: 'What is done to a text before it is stored',
  Webhooks: 'Events to your own server, and notifications from vendors',
  Deletions: 'What is deleted, and what is left of it',
  Operations: 'For the operator, and for programs',
};

function groupOf(url: string): keyof typeof groups {
  if (url.startsWith('/api/data-sources/sync')) return 'Syncs';
  if (/^\/api\/(data-sources|source-types|oauth)/.test(url)) return 'Sources';
  if (url.startsWith('/api/scheduled-syncs')) return 'Schedules';
  if (url.startsWith('/api/webhooks') || url.startsWith('/api/change-notifications')) return 'Webhooks';
  if (url.startsWith('/api/deletions') || url.startsWith('/api/user')) return 'Deletions';
  if (url.startsWith('/api/transformations')) return 'Transformations';
  if (url.startsWith('/api/projects') || url.startsWith('/api/tags')) return 'Projects and tags';
  return /^\/api\/(documents|search|context)/.test(url) ? 'Documents' : 'Operations';
}
