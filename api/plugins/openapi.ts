import swagger from '@fastify/swagger';
import scalar from '@scalar/fastify-api-reference';
import type { FastifyInstance } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';

/** The page describes the API and calls nobody else: no fonts, counters, assistants or tools from elsewhere. */
const appearance = {
  telemetry: false,
  withDefaultFonts: false,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
} as const;

/** The API's description, made from the routes' own schemas, and a page to read it at `/docs`. */
export const openapiPlugin = fastifyPlugin(
  async (app: FastifyInstance) => {
    await app.register(swagger, {
      openapi: {
        info: {
          title: 'Headwater',
          version: '0.1.0',
          description:
            'Durable content sync. Errors are RFC 9457 problems with a stable `code`; lists page by an opaque `cursor`.',
        },
        components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
        security: [{ bearer: [] }],
      },
      transform: (route) => {
        const { schema, url } = jsonSchemaTransform(route);
        const open = route.route.config?.public === true ? { security: [] } : {};
        return { schema: { ...schema, tags: [groupOf(url)], ...open }, url };
      },
      // Shapes with a name of their own stand once, below `components`.
      transformObject: jsonSchemaTransformObject,
    });
    await app.register(scalar, { routePrefix: '/docs', configuration: appearance });
  },
  { name: 'openapi' },
);

/** How the page groups the routes. */
function groupOf(url: string): string {
  if (url.startsWith('/api/data-sources/sync')) return 'Syncs';
  if (/^\/api\/(data-sources|source-types|oauth)/.test(url)) return 'Sources';
  if (url.startsWith('/api/scheduled-syncs')) return 'Schedules';
  if (url.startsWith('/api/deletions') || url.startsWith('/api/user')) return 'Deletions';
  if (url.startsWith('/api/transformations')) return 'Transformations';
  if (url.startsWith('/api/projects') || url.startsWith('/api/tags')) return 'Projects and tags';
  return url.startsWith('/api/documents') || url.startsWith('/api/search') ? 'Documents' : 'Operations';
}
