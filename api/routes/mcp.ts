import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { ApiDependencies } from '../dependencies.ts';
import { createMcpServer } from '../mcp-server.ts';
import { type McpSignIn, metadataPath } from '../mcp-sign-in.ts';
import { bearerOf } from '../plugins/auth.ts';
import { Problem } from '../problem.ts';

const maxBatch = 10;

/** The headers that the transport reads. @throws Problem 400 for characters that a header cannot contain */
function headersOf({ headers }: FastifyRequest): Headers {
  const { accept = '', 'mcp-protocol-version': version } = headers;
  try {
    return new Headers({
      accept,
      'content-type': 'application/json',
      ...(typeof version === 'string' ? { 'mcp-protocol-version': version } : {}),
    });
  } catch {
    throw new Problem(400, 'invalid_header', 'The headers accept and mcp-protocol-version must be plain ASCII.');
  }
}

/**
 * The Model Context Protocol over streamable HTTP, without sessions, so that any API process can answer any request.
 */
export const mcpRoutes =
  (deps: ApiDependencies, signIn: McpSignIn | null = null): FastifyPluginAsyncZod =>
  async (app) => {
    for (const path of [metadataPath, `${metadataPath}/*`]) {
      app.get(path, {
        config: { public: true },
        schema: { hide: true },
        handler: () => {
          if (signIn === null)
            throw new Problem(404, 'not_found', 'No OpenID provider is configured here (OIDC_ISSUER).');
          return signIn.metadata;
        },
      });
    }
    if (signIn !== null) {
      app.addHook('onSend', async (request, reply) => {
        if (reply.statusCode !== 401) return;
        reply.header('www-authenticate', signIn.challenge(bearerOf(request) !== undefined));
      });
    }
    app.post('/mcp', {
      config: { acceptsAccessTokens: true },
      schema: { summary: 'Model Context Protocol: search and fetch, for assistants' },
      handler: async (request, reply) => {
        if (Array.isArray(request.body) && request.body.length > maxBatch)
          throw new Problem(
            400,
            'batch_too_long',
            `A batch has at most ${maxBatch} calls. Send the calls in several batches.`,
          );
        const server = createMcpServer(deps, request);
        // Without session ids and event streams, each request gets one JSON answer.
        const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
        try {
          await server.connect(transport);
          const asked = new Request(new URL('/mcp', deps.config.publicUrl), {
            method: 'POST',
            headers: headersOf(request),
          });
          const answer = await transport.handleRequest(asked, { parsedBody: request.body });
          const contentType = answer.headers.get('content-type');
          if (contentType !== null) reply.header('content-type', contentType);
          return await reply.code(answer.status).send(await answer.text());
        } finally {
          await server.close();
        }
      },
    });
    app.route({
      method: ['GET', 'DELETE'],
      url: '/mcp',
      config: { acceptsAccessTokens: true },
      schema: { hide: true },
      handler: () => {
        throw new Problem(405, 'no_stream', 'This endpoint has no sessions and no streams. Send a POST request.');
      },
    });
  };
