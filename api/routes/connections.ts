import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { isLocal } from '../../domain/sign-in.ts';
import { hashOfSecret } from '../../domain/secret-hash.ts';
import { typesOfVendor } from '../../sources/connectors/registry.ts';
import { newState, type StoredTokens } from '../../sources/credentials/oauth-client.ts';
import { revokeAtVendor } from '../../sources/credentials/revoke.ts';
import { forgetConnection } from '../../db/sources/credentials.ts';
import { saveOAuthState } from '../../db/sources/oauth-states.ts';
import { isSyncError } from '../../domain/errors.ts';
import { beginAtComposio } from '../composio.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { serializeDataSource } from '../serializers.ts';
import { Problem } from '../problem.ts';
import * as schemas from '../schemas.ts';
import { beginAtVendor, connect, findStartedSignIn, findSourceOrRefuse, finishSignIn, ofTokens } from '../sign-in.ts';
import { confirmPage, connectedPage, signInPagePolicy } from '../sign-in-pages.ts';

const params = z.strictObject({ id: schemas.id });
/** The token is sent to the vendor in a header, which allows no other characters. */
const token = z
  .string()
  .min(1, 'must not be empty')
  .max(10_000)
  .regex(/^[\x21-\x7e]*$/, 'must be a token: ASCII letters, digits and punctuation, without spaces');
/**
 * Set while a sign-in that started on the page is in progress: its source, where the browser returns to, and the hash
 * of its state.
 */
const returnCookie = 'headwater-return';
const stateSeconds = 600;
const returnCookieOptions = { httpOnly: true, sameSite: 'lax', path: '/api/oauth' } as const;
const answer = { 200: z.object({ dataSource: schemas.dataSource }) };

/** Sign-in at a vendor, through its consent page or with an existing token. */
export const connectionRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    await app.register(consentRoutes(deps));
    await app.register(callbackRoutes(deps));
    await app.register(tokenRoutes(deps));
  };

const consentRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    const redirectUri = `${deps.config.publicUrl}/api/oauth/callback`;

    app.get('/api/data-sources/:id/connect', {
      // A HEAD would do the same without being seen.
      exposeHeadRoute: false,
      schema: {
        summary: 'Start a sign-in at the vendor, directly or through Composio',
        params,
        querystring: z.strictObject({
          provider: z.enum(['oauth', 'composio']).default('oauth'),
          then: z.literal('page').optional().describe('afterwards the browser returns to the web page'),
        }),
        response: { 200: z.object({ authorizationUrl: z.string() }) },
      },
      handler: async ({ userId, write, params: { id }, query: { provider, then }, signal }, reply) => {
        const source = await findSourceOrRefuse(deps, userId, id);
        const state = newState();
        const { authorizationUrl, started } =
          provider === 'composio'
            ? await beginAtComposio(deps, source, userId, { redirectUri, state }, signal)
            : await beginAtVendor(deps, source, { redirectUri, state });
        const stateHash = hashOfSecret(state);
        const codeVerifier = deps.keyring.seal(started, stateHash);
        await write((trx) => saveOAuthState(trx, { stateHash, userId, dataSourceId: id, codeVerifier, redirectUri }));
        if (then === 'page')
          reply.setCookie(returnCookie, `${id}.${stateHash}`, { ...returnCookieOptions, maxAge: stateSeconds });
        return { authorizationUrl };
      },
    });
  };

const callbackRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.get('/api/oauth/callback', {
      // A HEAD would do the same without being seen.
      exposeHeadRoute: false,
      config: { public: true },
      schema: {
        summary: 'Finish a sign-in after the vendor’s redirect',
        querystring: z.looseObject({ state: z.string().max(200).optional(), confirmed: z.literal('yes').optional() }),
      },
      handler: async (request, reply) => {
        const { state = '' } = request.query;
        refuseWhatNobodyFollowed(request);
        const confirmed = request.query.confirmed === 'yes' && isFromOurPage(request);
        const [id, started] = (request.cookies[returnCookie] ?? '').split('.');
        const back = schemas.id.safeParse(id).data;
        const isBrowser = request.headers.accept?.includes('text/html') === true;
        if (isBrowser && !confirmed && !(await isOfThisBrowser(deps, state, started)))
          return await sendPage(reply, confirmPage(`${request.url}&confirmed=yes`));
        const signIn = finishSignIn(deps, state, request);
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
  };

const tokenRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.put('/api/data-sources/:id/credentials', {
      schema: {
        summary: 'Store an existing token',
        params,
        body: z.strictObject({
          accessToken: token,
          refreshToken: token.optional(),
          expiresAt: schemas.instant.optional(),
        }),
        response: answer,
      },
      handler: async ({ userId, params: { id }, body, signal }) => {
        const source = await findSourceOrRefuse(deps, userId, id);
        const tokens: StoredTokens = {
          accessToken: body.accessToken,
          refreshToken: body.refreshToken ?? null,
          expiresAt: body.expiresAt === undefined ? null : Date.parse(body.expiresAt),
        };
        if (tokens.expiresAt !== null && tokens.expiresAt <= Date.now() && tokens.refreshToken === null) {
          throw new Problem(
            400,
            'token_expired',
            'expiresAt is in the past and there is no refreshToken. Get a new token.',
            {
              errors: [{ field: 'expiresAt', message: 'is in the past' }],
            },
          );
        }
        return {
          dataSource: serializeDataSource(await connect(deps, userId, source, ofTokens(tokens, 'token'), signal)),
        };
      },
    });

    app.post('/api/data-sources/:id/disconnect', {
      schema: { summary: 'Revoke the sign-in and delete the tokens', params, response: answer },
      handler: async ({ userId, write, params: { id }, log }) => {
        const source = await findSourceOrRefuse(deps, userId, id);
        await deps.stopSubscription(userId, id);
        const oauthClient = () => deps.oauthClient(source.sourceType, source.config);
        const composio = () => deps.composio(source.sourceType);
        const vendorTypes = typesOfVendor(source.sourceType);
        const revocation = await revokeAtVendor({ ...deps, oauthClient, composio, vendorTypes }, userId, id);
        if (revocation === 'not_revoked')
          log.warn({ dataSourceId: id }, 'revoking at the vendor failed; the tokens were deleted anyway');
        if (revocation === 'kept')
          log.info({ dataSourceId: id }, 'the sign-in was kept at the vendor, because another source uses it');
        await write((trx) => forgetConnection(trx, id));
        return { dataSource: serializeDataSource(await findSourceOrRefuse(deps, userId, id)) };
      },
    });
  };

/** With one local user, nobody else can have started it. An unknown state is rejected later. */
async function isOfThisBrowser(deps: ApiDependencies, state: string, started: string | undefined): Promise<boolean> {
  if (isLocal(deps.config.auth)) return true;
  return started === hashOfSecret(state) || (await findStartedSignIn(deps, state)) === undefined;
}

/**
 * A vendor that already has consent redirects without asking, even for an image on another site. Whoever placed it
 * there would get the account of everyone who views the page. So a sign-in is finished only in a navigation by a
 * person.
 * @throws Problem 403
 */
function refuseWhatNobodyFollowed({ headers }: FastifyRequest): void {
  const { 'sec-fetch-mode': mode, 'sec-fetch-dest': dest, accept = '' } = headers;
  // Browsers send the type of the request; over plain HTTP only the accepted types show it.
  const isBrowser = mode !== undefined || headers['user-agent']?.startsWith('Mozilla/') === true;
  const isFollowed = mode === undefined ? accept.includes('text/html') : mode === 'navigate' && dest === 'document';
  if (isBrowser && !isFollowed)
    throw new Problem(
      403,
      'not_a_navigation',
      'A sign-in can be finished only by opening this URL in a browser, not from within another page.',
    );
}

/** Whether the request comes from the page that asks for confirmation. */
function isFromOurPage({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  return site === undefined || site === 'same-origin';
}

async function sendPage(reply: FastifyReply, page: string): Promise<FastifyReply> {
  return await reply.header('content-security-policy', signInPagePolicy).type('text/html; charset=utf-8').send(page);
}

/** Passes on only the error code, because anybody could write a text into the URL. */
function failedAt(dataSourceId: string): (error: unknown) => string {
  return (error) => {
    const code = isSyncError(error) || error instanceof Problem ? error.code : 'internal';
    return `/sources/${dataSourceId}/connect?problem=${encodeURIComponent(code)}`;
  };
}
