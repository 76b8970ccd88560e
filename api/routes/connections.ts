import { createHash } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { oauthDescriptions } from '../../connectors/oauth-descriptions.ts';
import { newState, newVerifier, type StoredTokens } from '../../credentials/oauth-client.ts';
import { type AccessTokenProvider, onlyToken } from '../../credentials/only-token.ts';
import type { StoredAccount } from '../../credentials/stored-sign-in.ts';
import { revokeSignIn } from '../../credentials/revoke.ts';
import { asUser, ownerOf } from '../../db/as-user.ts';
import { findCredentials, forgetConnection, saveConnection } from '../../db/credentials.ts';
import { type DataSource, findDataSource } from '../../db/data-sources.ts';
import { findActiveJob } from '../../db/job-lease.ts';
import { saveOAuthState, takeOAuthState } from '../../db/oauth-states.ts';
import { forgetPushSubscriptions, makePushDue } from '../../db/push.ts';
import type { ConnectionProvider } from '../../db/tables/data-sources.ts';
import { signedInSignal } from '../../domain/contract.ts';
import { isSyncError } from '../../domain/errors.ts';
import { tellOfPush } from '../../push/tell.ts';
import { reconcileSource } from '../../schedules/reconcile.ts';
import { beginAtComposio, endReplaced, type WayBack } from '../composio.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { presentDataSource } from '../present.ts';
import { notFound, Problem } from '../problem.ts';
import * as schemas from '../schemas.ts';

const params = z.strictObject({ id: schemas.id });
/** Set while a sign-in that began on the page is under way: where the browser goes back to. */
const returnCookie = 'headwater-return';
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
        const codeVerifier = deps.keyring.seal(begun, id);
        const stateHash = hashOf(state);
        await asUser(
          deps.db,
          userId,
          async (trx) => await saveOAuthState(trx, { stateHash, userId, dataSourceId: id, codeVerifier, redirectUri }),
        );
        if (then === 'page') reply.setCookie(returnCookie, id, returnCookieOptions);
        return { authorizationUrl };
      },
    });

    app.get('/api/oauth/callback', {
      config: { public: true },
      schema: {
        summary: 'Where the vendor sends people back to',
        querystring: z.looseObject({ state: z.string().max(200).optional() }),
      },
      handler: async (request, reply) => {
        const back = schemas.id.safeParse(request.cookies[returnCookie]).data;
        const signIn = finishSignIn(deps, request.query.state ?? '', request.url, request.signal);
        if (back !== undefined) {
          reply.clearCookie(returnCookie, returnCookieOptions);
          return await reply.redirect(await signIn.then(() => `/sources/${back}/connected`, failedAt(back)), 303);
        }
        const connected = await signIn;
        if (request.headers.accept?.includes('text/html') !== true) return { dataSource: presentDataSource(connected) };
        return await reply
          .header('content-security-policy', "default-src 'none'")
          .type('text/html; charset=utf-8')
          .send(connectedPage(connected));
      },
    });

    app.put('/api/data-sources/:id/credentials', {
      schema: {
        summary: 'Store a token obtained elsewhere',
        params,
        body: z.strictObject({
          accessToken: z.string().min(1, 'must not be empty').max(10_000),
          refreshToken: z.string().min(1).max(10_000).optional(),
          expiresAt: z.iso.datetime({ offset: true, error: 'must be a time such as 2026-01-31T00:00:00Z' }).optional(),
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
          dataSource: presentDataSource(await connect(deps, userId, source, ofTokens(tokens, 'token'), signal)),
        };
      },
    });

    app.post('/api/data-sources/:id/disconnect', {
      schema: { summary: 'Revoke the sign-in and forget the tokens', params, response: answer },
      handler: async ({ userId, params: { id }, log }) => {
        const source = await findOrRefuse(deps, userId, id);
        await deps.stopPush(userId, id);
        const oauthClient = () => deps.oauthClient(source.sourceType, source.config);
        const composio = () => deps.composio(source.sourceType);
        if ((await revokeSignIn({ ...deps, oauthClient, composio }, userId, id)) === 'not_revoked') {
          log.warn({ dataSourceId: id }, 'revoking at the vendor failed; the tokens were forgotten all the same');
        }
        await asUser(deps.db, userId, async (trx) => await forgetConnection(trx, id));
        return { dataSource: presentDataSource(await findOrRefuse(deps, userId, id)) };
      },
    });
    await Promise.resolve();
  };

/** @throws Problem 404 for another's, 400 for a source that has nothing to sign in to */
async function findOrRefuse(deps: ApiDependencies, userId: string, id: string): Promise<DataSource> {
  const source = await asUser(deps.db, userId, async (trx) => await findDataSource(trx, id));
  if (source === undefined) throw notFound('data source');
  if (oauthDescriptions[source.sourceType] === null) {
    throw new Problem(400, 'no_sign_in', 'A source of this type needs no sign-in.');
  }
  return source;
}

/** What is remembered while the person is away: the PKCE verifier, or which account Composio will have connected. */
type Begun = string | StoredAccount;

async function beginAtVendor(deps: ApiDependencies, { sourceType, config }: DataSource, way: WayBack) {
  const verifier = newVerifier();
  const authorizationUrl = await deps.oauthClient(sourceType, config).authorizationUrl({ ...way, verifier });
  return { authorizationUrl, begun: verifier satisfies Begun };
}

/** A connection that is of no use is not left behind at Composio. The grant stays: another source may live on it. */
async function finishAtComposio(
  deps: ApiDependencies,
  userId: string,
  source: DataSource,
  keep: StoredAccount,
  signal: AbortSignal,
): Promise<DataSource> {
  const signIn = deps.composio(source.sourceType);
  try {
    const tokens = await signIn.finish({ ...keep, userId }, signal);
    return await connect(deps, userId, source, { tokens, keep, provider: 'composio' }, signal);
  } catch (error) {
    await signIn.end(keep.connectedAccountId, false).catch(() => {});
    throw error;
  }
}

/** The state says whose sign-in it is; it is spent before anything else happens. */
async function finishSignIn(
  deps: ApiDependencies,
  state: string,
  url: string,
  signal: AbortSignal,
): Promise<DataSource> {
  const stateHash = hashOf(state);
  const userId = await ownerOf(deps.db, 'oauth_states', stateHash);
  const begun =
    userId === null ? undefined : await asUser(deps.db, userId, async (trx) => await takeOAuthState(trx, stateHash));
  if (userId === null || begun === undefined) {
    throw new Problem(
      400,
      'state_unknown',
      'This sign-in was not begun here, was finished already or took longer than ten minutes. Start it again.',
    );
  }
  const source = await findOrRefuse(deps, userId, begun.dataSourceId);
  const opened = deps.keyring.open(begun.codeVerifier, begun.dataSourceId) as Begun;
  if (typeof opened === 'object') return await finishAtComposio(deps, userId, source, opened, signal);
  const callback = new URL(url, deps.config.publicUrl);
  const tokens = await deps
    .oauthClient(source.sourceType, source.config)
    .exchange(callback, { redirectUri: begun.redirectUri, state, verifier: opened });
  return await connect(deps, userId, source, ofTokens(tokens, 'oauth'), signal);
}

/** A sign-in that is to be proven, and what will be kept of it. */
interface NewSignIn {
  readonly tokens: AccessTokenProvider;
  readonly keep: StoredTokens | StoredAccount;
  readonly provider: ConnectionProvider;
}

function ofTokens(keep: StoredTokens, provider: 'oauth' | 'token'): NewSignIn {
  return { tokens: onlyToken(keep.accessToken), keep, provider };
}

/** A sign-in is stored only after one call has proven it. What Composio held for the source until then goes. */
async function connect(
  deps: ApiDependencies,
  userId: string,
  source: DataSource,
  { tokens, keep, provider }: NewSignIn,
  signal: AbortSignal,
): Promise<DataSource> {
  const { account } = await deps.checkSource({ ...source, tokens }, signal);
  const isAnother = source.accountLabel !== null && source.accountLabel !== account;
  const authData = deps.keyring.seal(keep, source.id);
  const { before, connected } = await asUser(deps.db, userId, async (trx) => {
    const replaced = await findCredentials(trx, source.id);
    await saveConnection(trx, source.id, { authData, provider, accountLabel: account });
    // A subscription lives on the sign-in that made it; one of another account is none of ours.
    if (isAnother) await forgetPushSubscriptions(trx, source.id);
    else await makePushDue(trx, source.id);
    return { before: replaced?.authData ?? null, connected: await findDataSource(trx, source.id) };
  });
  if (connected === undefined) throw notFound('data source');
  if (source.connectionProvider === 'composio') await endReplaced(deps, source, before);
  await wakeUp(deps, userId, connected, isAnother).catch(() =>
    deps.logger.warn({ dataSourceId: source.id }, 'Temporal was not told of the sign-in; it is found within minutes'),
  );
  return connected;
}

/** What waited for the sign-in goes on: schedules, and the job. One that read another account cannot go on with this one. */
async function wakeUp(deps: ApiDependencies, userId: string, source: DataSource, isAnother: boolean): Promise<void> {
  const job = await asUser(deps.db, userId, async (trx) => await findActiveJob(trx, source.id));
  if (job?.workflowId !== null && job?.workflowId !== undefined) {
    const handle = deps.temporal.workflow.getHandle(job.workflowId);
    await (isAnother ? handle.cancel() : handle.signal(signedInSignal)).catch((error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    });
  }
  await reconcileSource(deps, userId, source.id);
  if (source.pushEnabled) await tellOfPush(deps, { userId, dataSourceId: source.id });
}

/** Only the code goes along: words in an address could be anybody's. */
function failedAt(dataSourceId: string): (error: unknown) => string {
  return (error) => {
    const code = isSyncError(error) || error instanceof Problem ? error.code : 'internal';
    return `/sources/${dataSourceId}/connect?problem=${encodeURIComponent(code)}`;
  };
}

function hashOf(state: string): string {
  return createHash('sha256').update(state).digest('hex');
}

function connectedPage(source: DataSource): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Connected</title>
<h1>Connected</h1><p>${escapeHtml(source.name)} is connected as ${escapeHtml(source.accountLabel ?? '')}. You can close this page and start a sync.</p></html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
