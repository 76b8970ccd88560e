import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { newState, type StoredTokens } from '../../sources/credentials/oauth-client.ts';
import { revokeSignIn } from '../../sources/credentials/revoke.ts';
import { asUser } from '../../db/access/as-user.ts';
import { forgetConnection } from '../../db/sources/credentials.ts';
import { saveOAuthState } from '../../db/sources/oauth-states.ts';
import { isSyncError } from '../../domain/errors.ts';
import { beginAtComposio } from '../composio.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { serializeDataSource } from '../serializers.ts';
import { Problem } from '../problem.ts';
import * as schemas from '../schemas.ts';
import { beginAtVendor, connect, findStartedSignIn, findOrRefuse, finishSignIn, hashOf, ofTokens } from '../sign-in.ts';
import { confirmPage, connectedPage, signInPagePolicy } from '../sign-in-pages.ts';

const params = z.strictObject({ id: schemas.id });
/** Sent to the vendor in a header, which takes nothing else. */
const token = z
  .string()
  .min(1, 'must not be empty')
  .max(10_000)
  .regex(/^[\x21-\x7e]*$/, 'must be a token: letters, digits and signs of ASCII, without spaces');
/** Set while a sign-in that began on the page is under way: its source, where the browser goes back to, and the hash of its state. */
const returnCookie = 'headwater-return';
const stateSeconds = 600;
const returnCookieOptions = { httpOnly: true, sameSite: 'lax', path: '/api/oauth' } as const;
const answer = { 200: z.object({ dataSource: schemas.dataSource }) };

/** Signing in at a vendor, by its consent page or by a token obtained elsewhere. */
export const connectionRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    const redirectUri = `${deps.config.publicUrl}/api/oauth/callback`;

    app.get('/api/data-sources/:id/connect', {
      schema: {
        summary: 'Begin a sign-in at the vendor, directly or through Composio',
        params,
        querystring: z.strictObject({
          provider: z.enum(['oauth', 'composio']).default('oauth'),
          then: z.literal('page').optional().describe('after it the browser goes back to the web page'),
        }),
        response: { 200: z.object({ authorizationUrl: z.string() }) },
      },
      handler: async ({ userId, params: { id }, query: { provider, then }, signal }, reply) => {
        const source = await findOrRefuse(deps, userId, id);
        const state = newState();
        const { authorizationUrl, begun } =
          provider === 'composio'
            ? await beginAtComposio(deps, source, userId, { redirectUri, state }, signal)
            : await beginAtVendor(deps, source, { redirectUri, state });
        const stateHash = hashOf(state);
        const codeVerifier = deps.keyring.seal(begun, stateHash);
        await asUser(
          deps.db,
          userId,
          async (trx) => await saveOAuthState(trx, { stateHash, userId, dataSourceId: id, codeVerifier, redirectUri }),
        );
        if (then === 'page')
          reply.setCookie(returnCookie, `${id}.${stateHash}`, { ...returnCookieOptions, maxAge: stateSeconds });
        return { authorizationUrl };
      },
    });

    app.get('/api/oauth/callback', {
      config: { public: true },
      schema: {
        summary: 'Where the vendor sends people back to',
        querystring: z.looseObject({ state: z.string().max(200).optional(), confirmed: z.literal('yes').optional() }),
      },
      handler: async (request, reply) => {
        const { state = '' } = request.query;
        refuseWhatNobodyFollowed(request);
        const confirmed = request.query.confirmed === 'yes' && isFromOurPage(request);
        const [id, begun] = (request.cookies[returnCookie] ?? '').split('.');
        const back = schemas.id.safeParse(id).data;
        const isBrowser = request.headers.accept?.includes('text/html') === true;
        if (isBrowser && !confirmed && !(await isOfThisBrowser(deps, state, begun)))
          return await sendPage(reply, confirmPage(`${request.url}&confirmed=yes`));
        const signIn = finishSignIn(deps, state, request.url, request.signal);
        if (back !== undefined) {
          reply.clearCookie(returnCookie, returnCookieOptions);
          return await reply.redirect(await signIn.then(() => `/sources/${back}/connected`, failedAt(back)), 303);
        }
        const connected = await signIn;
        return isBrowser
          ? await sendPage(reply, connectedPage(connected))
          : { dataSource: serializeDataSource(connected) };
      },
    });

    app.put('/api/data-sources/:id/credentials', {
      schema: {
        summary: 'Store a token obtained elsewhere',
        params,
        body: z.strictObject({
          accessToken: token,
          refreshToken: token.optional(),
          expiresAt: schemas.instant.optional(),
        }),
        response: answer,
      },
      handler: async ({ userId, params: { id }, body, signal }) => {
        const source = await findOrRefuse(deps, userId, id);
        const tokens: StoredTokens = {
          accessToken: body.accessToken,
          refreshToken: body.refreshToken ?? null,
          expiresAt: body.expiresAt === undefined ? null : Date.parse(body.expiresAt),
        };
        if (tokens.expiresAt !== null && tokens.expiresAt <= Date.now() && tokens.refreshToken === null) {
          throw new Problem(
            400,
            'token_expired',
            'expiresAt lies in the past and there is no refreshToken: get a new token.',
            {
              errors: [{ field: 'expiresAt', message: 'lies in the past' }],
            },
          );
        }
        return {
          dataSource: serializeDataSource(await connect(deps, userId, source, ofTokens(tokens, 'token'), signal)),
        };
      },
    });

    app.post('/api/data-sources/:id/disconnect', {
      schema: { summary: 'Revoke the sign-in and forget the tokens', params, response: answer },
      handler: async ({ userId, params: { id }, log }) => {
        const source = await findOrRefuse(deps, userId, id);
        await deps.stopSubscription(userId, id);
        const oauthClient = () => deps.oauthClient(source.sourceType, source.config);
        const composio = () => deps.composio(source.sourceType);
        if ((await revokeSignIn({ ...deps, oauthClient, composio }, userId, id)) === 'not_revoked') {
          log.warn({ dataSourceId: id }, 'revoking at the vendor failed; the tokens were forgotten all the same');
        }
        await asUser(deps.db, userId, async (trx) => await forgetConnection(trx, id));
        return { dataSource: serializeDataSource(await findOrRefuse(deps, userId, id)) };
      },
    });
    await Promise.resolve();
  };

/** With one local user there is nobody else who could have begun it. An unknown state is refused further on. */
async function isOfThisBrowser(deps: ApiDependencies, state: string, begun: string | undefined): Promise<boolean> {
  const { jwtSecret, jwksUrl } = deps.config.auth;
  if (jwtSecret === undefined && jwksUrl === undefined) return true;
  return begun === hashOf(state) || (await findStartedSignIn(deps, state)) === undefined;
}

/**
 * A vendor that was asked before sends a browser back without a question, be it for an image on a page elsewhere: whoever
 * put it there would have the account of whoever looks at it. Only where a person has gone a sign-in is finished.
 * @throws Problem 403
 */
function refuseWhatNobodyFollowed({ headers }: FastifyRequest): void {
  const { 'sec-fetch-mode': mode, 'sec-fetch-dest': dest, accept = '' } = headers;
  // Browsers say what they ask for; over plain HTTP only by what they would take.
  const isBrowser = mode !== undefined || headers['user-agent']?.startsWith('Mozilla/') === true;
  const isFollowed = mode === undefined ? accept.includes('text/html') : mode === 'navigate' && dest === 'document';
  if (isBrowser && !isFollowed)
    throw new Problem(
      403,
      'not_a_navigation',
      'A sign-in is finished by opening this address, not by a part of a page.',
    );
}

/** The page that asks whether it was you. */
function isFromOurPage({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  return site === undefined || site === 'same-origin';
}

async function sendPage(reply: FastifyReply, page: string): Promise<FastifyReply> {
  return await reply.header('content-security-policy', signInPagePolicy).type('text/html; charset=utf-8').send(page);
}

/** Only the code goes along: words in an address could be anybody's. */
function failedAt(dataSourceId: string): (error: unknown) => string {
  return (error) => {
    const code = isSyncError(error) || error instanceof Problem ? error.code : 'internal';
    return `/sources/${dataSourceId}/connect?problem=${encodeURIComponent(code)}`;
  };
}
