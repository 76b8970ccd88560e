import { decodeJwt } from 'jose';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiDependencies } from '../dependencies.ts';
import { bearerOf, localUser, sessionCookie, tokenIn } from '../plugins/auth.ts';
import { Problem } from '../problem.ts';
import * as schemas from '../schemas.ts';

/** Not readable by scripts, sent over TLS only, and not sent with requests from other sites. */
const cookieOptions = { httpOnly: true, secure: true, sameSite: 'lax', path: '/' } as const;

/** The web page's sign-in: exchanges a JWT of the surrounding application for a cookie. */
export const sessionRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    const { jwtSecret, jwksUrl } = deps.config.auth;
    const { signInUrl, tokenExchangeUrl } = deps.config.page;
    const isLocal = jwtSecret === undefined && jwksUrl === undefined;

    app.get('/api/session', {
      config: { public: true },
      schema: {
        summary: 'Show who is signed in to the page, and where to sign in',
        response: {
          200: z.object({
            session: schemas.session.nullable(),
            signInUrl: z.string().nullable(),
            tokenExchangeUrl: z.string().nullable(),
          }),
        },
      },
      handler: async (request) => {
        const userId = await app.identify(request).catch(nobodyWhereRefused);
        return {
          session: userId === null ? null : { userId, isLocal, expiresAt: isLocal ? null : endOf(tokenIn(request)) },
          signInUrl: signInUrl ?? null,
          tokenExchangeUrl: tokenExchangeUrl ?? null,
        };
      },
    });

    app.post('/api/session', {
      schema: {
        summary: 'Start a session of the page',
        description: 'Send the JWT as Authorization: Bearer …. The answer sets a cookie that expires with it.',
        response: { 201: z.object({ session: schemas.session }) },
      },
      handler: async (request, reply) => {
        const { userId } = request;
        if (isLocal) return await reply.code(201).send({ session: { userId: localUser, isLocal, expiresAt: null } });
        const token = bearerOf(request);
        const expiresAt = endOf(token);
        if (token === undefined || expiresAt === null)
          throw new Problem(
            401,
            'unauthenticated',
            'The JWT for the session is missing. Send it as Authorization: Bearer …',
          );
        return await reply
          .setCookie(sessionCookie, token, { ...cookieOptions, expires: new Date(expiresAt) })
          .code(201)
          .send({ session: { userId, isLocal, expiresAt } });
      },
    });

    app.delete('/api/session', {
      schema: { summary: 'End the session of the page', response: { 204: z.null() } },
      handler: async (_request, reply) => await reply.clearCookie(sessionCookie, cookieOptions).code(204).send(null),
    });
  };

/** @throws errors that do not concern the token */
function nobodyWhereRefused(error: unknown): null {
  if (error instanceof Problem && error.status < 500) return null;
  throw error;
}

/** When a verified token expires; null without a token. */
function endOf(token: string | undefined): string | null {
  if (token === undefined) return null;
  const { exp } = decodeJwt(token);
  return exp === undefined ? null : new Date(exp * 1000).toISOString();
}
