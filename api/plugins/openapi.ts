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
        return { schema: { ...schema, tags: [groupOf(url)], ...open }, url };
      },
      // Named schemas appear once, under `components`.
      transformObject: jsonSchemaTransformObject,
    });
    await app.register(scalar, { routePrefix: '/docs', configuration: appearance });
  },
  { name: 'openapi' },
);

/** Groups the routes on the page. */
function groupOf(url: string): string {
  if (url.startsWith('/api/data-sources/sync')) return 'Syncs';
  if (/^\/api\/(data-sources|source-types|oauth)/.test(url)) return 'Sources';
  if (url.startsWith('/api/scheduled-syncs')) return 'Schedules';
  if (url.startsWith('/api/webhooks') || url.startsWith('/api/hooks')) return 'Webhooks';
  if (url.startsWith('/api/deletions') || url.startsWith('/api/user')) return 'Deletions';
  if (url.startsWith('/api/transformations')) return 'Transformations';
  if (url.startsWith('/api/projects') || url.startsWith('/api/tags')) return 'Projects and tags';
  return /^\/api\/(documents|search|context)/.test(url) ? 'Documents' : 'Operations';
}
