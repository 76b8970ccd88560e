import swagger from '@fastify/swagger';
import scalar from '@scalar/fastify-api-reference';
import type { FastifyInstance } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';

/**
 * Limits the documentation page to the API itself: it loads no fonts, counters, assistants or tools from other hosts.
 */
const appearance = {
  telemetry: false,
  withDefaultFonts: false,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
} as const;

/** The API's description, generated from the routes' own schemas, and a page at `/docs` to read it. */
export const openapiPlugin = fastifyPlugin(
  async (app: FastifyInstance) => {
    await app.register(swagger, {
      openapi: {
        info: {
          title: 'Headwater',
          version: '0.1.0',
          description:
            'Durable content sync. Errors are RFC 9457 problems with a stable `code`. Lists are paged with an opaque `cursor`.',
        },
        components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
        security: [{ bearer: [] }],
      },
      transform: (route) => {
        const { schema, url } = jsonSchemaTransform(route);
        const open = route.route.config?.public === true ? { security: [] } : {};
        const operationId = operationIdOf([route.route.method].flat()[0] ?? 'GET', url);
        return { schema: { ...schema, operationId, tags: [groupOf(url)], ...open }, url };
      },
      // Named schemas appear once, under `components`.
      transformObject: (document) => withProblems(jsonSchemaTransformObject(document) as Description),
    });
    await app.register(scalar, { routePrefix: '/docs', configuration: appearance });
  },
  { name: 'openapi' },
);

const verbs: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'update', DELETE: 'delete' };

/** `GET /api/data-sources/:id/choices` is `getDataSourcesChoicesById`: what generated clients call their methods. */
function operationIdOf(method: string, url: string): string {
  const parts = url.split('/').filter((part) => part !== '' && part !== 'api');
  const names = parts.filter((part) => !part.startsWith(':')).flatMap((part) => part.split(/[^A-Za-z0-9]+/));
  const parameters = parts.filter((part) => part.startsWith(':')).map((part) => part.slice(1));
  const pascal = (words: readonly string[]): string =>
    words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  const verb = verbs[method] ?? (parameters.length === 0 ? 'list' : 'get');
  return `${verb}${pascal(names)}${parameters.length === 0 ? '' : `By${pascal(parameters)}`}`;
}

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

/** Every operation may be refused, with the same shape of answer: it is described once. Shapes with a name stand below `components`. */
function withProblems<Document extends Description>(document: Document): Document {
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: problem },
  };
  for (const path of Object.values(document.paths ?? {}))
    for (const operation of Object.values(path))
      operation.responses = { ...operation.responses, '4XX': { description: 'Refused', content } };
  return document;
}

/** Groups the routes on the page. */
function groupOf(url: string): string {
  if (url.startsWith('/api/data-sources/sync')) return 'Syncs';
  if (/^\/api\/(data-sources|source-types|oauth)/.test(url)) return 'Sources';
  if (url.startsWith('/api/scheduled-syncs')) return 'Schedules';
  if (url.startsWith('/api/webhooks') || url.startsWith('/api/change-notifications')) return 'Webhooks';
  if (url.startsWith('/api/deletions') || url.startsWith('/api/user')) return 'Deletions';
  if (url.startsWith('/api/transformations')) return 'Transformations';
  if (url.startsWith('/api/projects') || url.startsWith('/api/tags')) return 'Projects and tags';
  return /^\/api\/(documents|search|context)/.test(url) ? 'Documents' : 'Operations';
}
