import { createHash } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { oauthDescriptions } from '../../connectors/oauth-descriptions.ts';
import { newState, newVerifier, type StoredTokens } from '../../credentials/oauth-client.ts';
import { revokeSignIn } from '../../credentials/revoke.ts';
import { asUser, ownerOf } from '../../db/as-user.ts';
import { forgetConnection, saveConnection } from '../../db/credentials.ts';
import { type DataSource, findDataSource } from '../../db/data-sources.ts';
import { findActiveJob } from '../../db/job-lease.ts';
import { saveOAuthState, takeOAuthState } from '../../db/oauth-states.ts';
import type { ConnectionProvider } from '../../db/tables/data-sources.ts';
import { signedInSignal } from '../../domain/contract.ts';
import { isSyncError } from '../../domain/errors.ts';
import { reconcileSource } from '../../schedules/reconcile.ts';
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
        summary: 'Begin a sign-in at the vendor',
        params,
        querystring: z.strictObject({
          then: z.literal('page').optional().describe('after it the browser goes back to the web page'),
        }),
        response: { 200: z.object({ authorizationUrl: z.string() }) },
      },
      handler: async ({ userId, params: { id }, query }, reply) => {
        const source = await findOrRefuse(deps, userId, id);
        const client = deps.oauthClient(source.sourceType);
        const [state, verifier] = [newState(), newVerifier()];
        await asUser(
          deps.db,
          userId,
          async (trx) =>
            await saveOAuthState(trx, {
              stateHash: hashOf(state),
              userId,
              dataSourceId: id,
              codeVerifier: deps.keyring.seal(verifier, id),
              redirectUri,
            }),
        );
        if (query.then === 'page') reply.setCookie(returnCookie, id, returnCookieOptions);
        return { authorizationUrl: await client.authorizationUrl({ redirectUri, state, verifier }) };
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
        return { dataSource: presentDataSource(await connect(deps, userId, source, tokens, 'token', signal)) };
      },
    });

    app.post('/api/data-sources/:id/disconnect', {
      schema: { summary: 'Revoke the sign-in and forget the tokens', params, response: answer },
      handler: async ({ userId, params: { id }, log }) => {
        const source = await findOrRefuse(deps, userId, id);
        const oauthClient = () => deps.oauthClient(source.sourceType);
        if ((await revokeSignIn({ ...deps, oauthClient }, userId, id)) === 'not_revoked') {
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
  const verifier = deps.keyring.open(begun.codeVerifier, begun.dataSourceId) as string;
  const callback = new URL(url, deps.config.publicUrl);
  const tokens = await deps
    .oauthClient(source.sourceType)
    .exchange(callback, { redirectUri: begun.redirectUri, state, verifier });
  return await connect(deps, userId, source, tokens, 'oauth', signal);
}

/** Tokens are stored only after one call has proven them. */
async function connect(
  deps: ApiDependencies,
  userId: string,
  source: DataSource,
  tokens: StoredTokens,
  provider: ConnectionProvider,
  signal: AbortSignal,
): Promise<DataSource> {
  const { account } = await deps.checkSource({ ...source, accessToken: tokens.accessToken }, signal);
  const authData = deps.keyring.seal(tokens, source.id);
  const connected = await asUser(deps.db, userId, async (trx) => {
    await saveConnection(trx, source.id, { authData, provider, accountLabel: account });
    return await findDataSource(trx, source.id);
  });
  if (connected === undefined) throw notFound('data source');
  const isAnother = source.accountLabel !== null && source.accountLabel !== account;
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
