import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { audited, eventOf } from '../audit.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { PageSessions } from '../page-sessions.ts';
import { sessionCookie } from '../plugins/auth.ts';
import { Problem } from '../problem.ts';
import { notSignedInPage, signInPagePolicy } from '../sign-in-pages.ts';
import { sessionCookieOptions } from './session.ts';

/** Holds what a sign-in needs at its end, sealed, in the browser that began it: no other one can end it. */
const startedCookie = '__Host-headwater-sign-in';
const startedSeconds = 600;

/** These routes send a person to an OpenID provider to sign in, and receive its answer. */
export const pageSignInRoutes =
  (deps: ApiDependencies, configured: PageSessions | null): FastifyPluginAsyncZod =>
  async (app) => {
    app.get('/api/session/sign-in', {
      // A HEAD would do the same without being seen.
      exposeHeadRoute: false,
      config: { public: true },
      schema: {
        summary: 'Sign in to the page at the OpenID provider',
        description: 'Redirects the browser there; afterwards it returns to `returnTo`, which must be a page of ours.',
        querystring: z.strictObject({ returnTo: z.string().max(2000).optional() }),
      },
      handler: async ({ query }, reply) => {
        const { url, kept } = await needed(configured).begin(query.returnTo);
        return await reply
          .setCookie(startedCookie, kept, { ...sessionCookieOptions, maxAge: startedSeconds })
          .redirect(url, 303);
      },
    });

    app.get('/api/session/callback', {
      // A HEAD would do the same without being seen.
      exposeHeadRoute: false,
      config: { public: true },
      schema: { summary: 'Finish a sign-in after the provider’s redirect', querystring: z.looseObject({}) },
      handler: async (request, reply) => {
        const sessions = needed(configured);
        reply.clearCookie(startedCookie, sessionCookieOptions);
        const query = request.url.slice(request.url.indexOf('?'));
        try {
          const signIn = await sessions.finish(query, request.cookies[startedCookie]);
          const event = eventOf(request, signIn.userId, 'session.start', null);
          const { cookie, endsAt } = await audited({ db: deps.db, logger: request.log }, event, () =>
            sessions.open(signIn),
          );
          return await reply
            .setCookie(sessionCookie, cookie, { ...sessionCookieOptions, expires: endsAt })
            .redirect(signIn.returnTo, 303);
        } catch (error) {
          if (error instanceof Problem && error.status < 500 && wantsPage(request.headers.accept))
            return await sendPage(reply, error);
          throw error;
        }
      },
    });
  };

/** @throws Problem 404 without a provider */
function needed(sessions: PageSessions | null): PageSessions {
  if (sessions !== null) return sessions;
  throw new Problem(404, 'not_found', 'No OpenID provider is configured here (OIDC_ISSUER).');
}

function wantsPage(accept: string | undefined): boolean {
  return accept?.includes('text/html') === true;
}

async function sendPage(reply: FastifyReply, { status, message }: Problem): Promise<unknown> {
  return await reply
    .code(status)
    .header('content-security-policy', signInPagePolicy)
    .type('text/html; charset=utf-8')
    .serializer((body) => String(body))
    .send(notSignedInPage(message));
}
