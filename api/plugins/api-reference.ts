import fastify, { type FastifyInstance } from 'fastify';
import fastifyPlugin from 'fastify-plugin';

/** The page loads no fonts, counters, assistants or tools from other hosts. */
const appearance = {
  telemetry: false,
  withDefaultFonts: false,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
} as const;

const hidden = { schema: { hide: true } };
/** Of the page's answers; the others are Fastify's own. */
const kept = ['content-type', 'content-disposition', 'location', 'access-control-allow-origin'];

/**
 * A page at `/docs` to read the API's description, and the description itself. The page is a script of 5 MB, of which the
 * process would hold 20 MB, so that it is loaded for its first reader.
 */
export const apiReferencePlugin = fastifyPlugin(
  async (app: FastifyInstance) => {
    let loading: Promise<FastifyInstance> | undefined;
    app.addHook('onClose', async () => {
      await (await loading)?.close();
    });
    app.get('/docs/openapi.json', hidden, async (_, reply) => {
      reply.headers({ 'content-disposition': 'filename=headwater.json', 'access-control-allow-origin': '*' });
      return await Promise.resolve(app.swagger());
    });
    for (const url of ['/docs', '/docs/*']) {
      app.get(url, hidden, async (request, reply) => {
        const page = await (loading ??= loadPage(app));
        const answer = await page.inject({ method: 'GET', url: request.url });
        if (answer.statusCode === 404) return reply.callNotFound();
        for (const name of kept) if (answer.headers[name] !== undefined) reply.header(name, answer.headers[name]);
        return await reply.code(answer.statusCode).send(answer.rawPayload);
      });
    }
  },
  { name: 'api-reference', dependencies: ['openapi'] },
);

/** Plugins cannot be added to a server that listens, so the page has one of its own, which never does. */
async function loadPage(app: FastifyInstance): Promise<FastifyInstance> {
  const { default: scalar } = await import('@scalar/fastify-api-reference');
  const page = fastify();
  await page.register(scalar, {
    routePrefix: '/docs',
    configuration: { ...appearance, content: () => app.swagger() },
  });
  await page.ready();
  return page;
}
