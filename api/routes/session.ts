import { decodeJwt } from 'jose';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { isLocal as isLocalOnly } from '../../domain/sign-in.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { isPageSession, type PageSessions } from '../page-sessions.ts';
import { bearerOf, localUser, sessionCookie, tokenIn } from '../plugins/auth.ts';
import { Problem } from '../problem.ts';
import * as schemas from '../schemas.ts';

/** Not readable by scripts, sent over TLS only, and not sent with requests from other sites. */
export const sessionCookieOptions = { httpOnly: true, secure: true, sameSite: 'lax', path: '/' } as const;

const whoIsSignedIn = z.object({
  session: schemas.session.nullable(),
  signInUrl: z.string().nullable(),
  tokenExchangeUrl: z.string().nullable(),
});

/** The web page's sign-in: exchanges a JWT of the surrounding application for a cookie. */
export const sessionRoutes =
  (deps: ApiDependencies, sessions: PageSessions | null = null): FastifyPluginAsyncZod =>
  async (app) => {
    const { publicUrl } = deps.config;
    const isLocal = isLocalOnly(deps.config.auth);
    const { tokenExchangeUrl } = deps.config.page;
    const signInUrl = sessions === null ? deps.config.page.signInUrl : `${publicUrl}/api/session/sign-in`;

    app.get('/api/session', {
      config: { public: true },
      schema: {
        summary: 'Show who is signed in to the page, and where to sign in',
        response: { 200: whoIsSignedIn },
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
        if (token === undefined || expiresAt === null) throw jwtMissing();
        return await reply
          .setCookie(sessionCookie, token, { ...sessionCookieOptions, expires: new Date(expiresAt) })
          .code(201)
          .send({ session: { userId, isLocal, expiresAt } });
      },
    });

    app.delete('/api/session', {
      schema: {
        summary: 'End the session of the page',
        description: 'With `signOutUrl`, the browser goes there to end the session at the OpenID provider too.',
        response: { 200: z.object({ signOutUrl: z.string() }), 204: z.null() },
      },
      handler: async ({ userId, cookies }, reply) => {
        reply.clearCookie(sessionCookie, sessionCookieOptions);
        const cookie = cookies[sessionCookie];
        const signOutUrl = sessions !== null && isPageSession(cookie) ? await sessions.end(userId, cookie) : null;
        return await (signOutUrl === null ? reply.code(204).send(null) : reply.code(200).send({ signOutUrl }));
      },
    });
  };

function jwtMissing(): Problem {
  return new Problem(401, 'unauthenticated', 'The JWT for the session is missing. Send it as Authorization: Bearer …');
}

/** @throws errors that do not concern the token */
function nobodyWhereRefused(error: unknown): null {
  if (error instanceof Problem && error.status < 500) return null;
  throw error;
}

/** When a verified token expires; null without a token. */
function endOf(token: string | undefined): string | null {
  // A session at an OpenID provider is renewed by itself.
  if (token === undefined || isPageSession(token)) return null;
  const { exp } = decodeJwt(token);
  return exp === undefined ? null : new Date(exp * 1000).toISOString();
}
