import swagger from '@fastify/swagger';
import scalar from '@scalar/fastify-api-reference';
import type { FastifyInstance } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';

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
      transform: jsonSchemaTransform,
    });
    await app.register(scalar, { routePrefix: '/docs', configuration: { telemetry: false, withDefaultFonts: false } });
  },
  { name: 'openapi' },
);
