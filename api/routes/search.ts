import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { searchWithinKey } from '../api-keys.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { serializeHit, serializePlace } from '../serializers.ts';
import * as schemas from '../schemas.ts';

/** Finds documents, and passages of them for a language model. */
export const searchRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.post('/api/search', {
      schema: {
        summary: 'Search by meaning and by words',
        description:
          'Returns each document once, with its best passage. At most 50 are returned: narrow the search with filters instead of paging.',
        body: z.strictObject({
          query: schemas.question,
          limit: z.number().int().min(1).max(50).default(10),
          filters: z.strictObject(schemas.documentFilters).optional(),
        }),
        response: { 200: z.object({ hits: z.array(schemas.searchHit) }) },
      },
      handler: async ({ userId, apiKey, body: { query, limit, filters }, signal }) => {
        const hits = await deps.search(userId, { query, limit, filter: searchWithinKey(apiKey, filters) }, signal);
        return { hits: hits.map(serializeHit) };
      },
    });

    app.post('/api/context', {
      schema: {
        summary: 'Find the best passages for a question, within a token budget, with citations',
        body: z.strictObject({
          query: schemas.question,
          maxTokens: z
            .number()
            .int()
            .min(100)
            .max(32_000)
            .default(2000)
            .describe('tokens of the whole text, headings included (cl100k_base)'),
          filters: z.strictObject(schemas.documentFilters).optional(),
        }),
        response: { 200: schemas.context },
      },
      handler: async ({ userId, apiKey, body, signal }) => {
        const { citations, ...context } = await deps.buildContext(
          userId,
          { query: body.query, maxTokens: body.maxTokens, filter: searchWithinKey(apiKey, body.filters) },
          signal,
        );
        return {
          ...context,
          citations: citations.map((c) => ({ ...c, place: serializePlace(c.place), chunkIds: [...c.chunkIds] })),
        };
      },
    });
  };
