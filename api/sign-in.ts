/** A sign-in at a vendor, from its start to the jobs that it resumes. */

import { WorkflowNotFoundError } from '@temporalio/client';
import type { FastifyRequest } from 'fastify';
import { definitionOf } from '../sources/connectors/registry.ts';
import { newVerifier, type StoredTokens } from '../sources/credentials/oauth-client.ts';
import { type AccessTokenProvider, staticToken } from '../sources/credentials/static-token.ts';
import type { StoredAccount } from '../sources/credentials/stored-sign-in.ts';
import { asUser, ownerOf } from '../db/access/as-user.ts';
import { findCredentials, saveConnection } from '../db/sources/credentials.ts';
import { type DataSource, findDataSource } from '../db/sources/data-sources.ts';
import { findActiveJob } from '../db/jobs/job-lease.ts';
import { findOAuthSource, takeOAuthState } from '../db/sources/oauth-states.ts';
import { forgetSubscriptions, makeSubscriptionDue } from '../db/sources/subscriptions.ts';
import type { ConnectionProvider } from '../db/tables/data-sources.ts';
import { signedInSignal } from '../domain/contract.ts';
import { hashOfSecret } from '../domain/secret-hash.ts';
import { checkSubscription } from '../sources/change-notifications/notify.ts';
import { reconcileSource } from '../jobs/schedules/reconcile.ts';
import { audited, eventOf } from './audit.ts';
import { endReplaced, type ReturnAddress } from './composio.ts';
import type { ApiDependencies } from './dependencies.ts';
import { found, Problem } from './problem.ts';

/** @throws Problem 404 for another user's source, 400 for a source without a sign-in */
export async function findSourceOrRefuse(deps: ApiDependencies, userId: string, id: string): Promise<DataSource> {
  const source = found(await asUser(deps.db, userId, (trx) => findDataSource(trx, id)), 'data source');
  if (definitionOf(source.sourceType).oauth === null) {
    throw new Problem(400, 'no_sign_in', 'This type of source needs no sign-in.');
  }
  return source;
}

/** The value that is stored during the sign-in: the PKCE verifier, or the account that Composio will connect. */
type StartedSignIn = string | StoredAccount;

export async function beginAtVendor(deps: ApiDependencies, { sourceType, config }: DataSource, way: ReturnAddress) {
  const verifier = newVerifier();
  const authorizationUrl = await deps.oauthClient(sourceType, config).authorizationUrl({ ...way, verifier });
  return { authorizationUrl, started: verifier satisfies StartedSignIn };
}

/**
 * Deletes a connection at Composio that cannot be used. The grant is not revoked, because another source may use it.
 */
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

/** Finds the source for which a sign-in was started, without ending the sign-in. */
export async function findStartedSignIn(deps: ApiDependencies, state: string): Promise<string | undefined> {
  const stateHash = hashOfSecret(state);
  const userId = await ownerOf(deps.db, 'oauth_states', stateHash);
  if (userId === null) return undefined;
  return await asUser(deps.db, userId, (trx) => findOAuthSource(trx, stateHash));
}

/** The state identifies the sign-in's owner. It is used up before anything else happens. */
export async function finishSignIn(
  deps: ApiDependencies,
  state: string,
  request: Pick<FastifyRequest, 'url' | 'ip' | 'signal'>,
): Promise<DataSource> {
  const stateHash = hashOfSecret(state);
  const userId = await ownerOf(deps.db, 'oauth_states', stateHash);
  const started = userId === null ? undefined : await asUser(deps.db, userId, (trx) => takeOAuthState(trx, stateHash));
  if (userId === null || started === undefined) {
    throw new Problem(
      400,
      'state_unknown',
      'This sign-in was not started here, has already been finished or took longer than ten minutes. Start it again.',
    );
  }
  const source = await findSourceOrRefuse(deps, userId, started.dataSourceId);
  const event = eventOf({ ip: request.ip, apiKey: null }, userId, 'source.sign_in', source.id);
  return await audited(deps, event, () => finishAtVendor(deps, { state, userId, source, started }, request));
}

async function finishAtVendor(
  deps: ApiDependencies,
  { state, userId, source, started }: StartedAtVendor,
  { url, signal }: Pick<FastifyRequest, 'url' | 'signal'>,
): Promise<DataSource> {
  const opened = deps.keyring.open(started.codeVerifier, hashOfSecret(state)) as StartedSignIn;
  if (typeof opened === 'object') return await finishAtComposio(deps, userId, source, opened, signal);
  const callback = new URL(url, deps.config.publicUrl);
  const tokens = await deps
    .oauthClient(source.sourceType, source.config)
    .exchange(callback, { redirectUri: started.redirectUri, state, verifier: opened });
  return await connect(deps, userId, source, ofTokens(tokens, 'oauth'), signal);
}

interface StartedAtVendor {
  readonly state: string;
  readonly userId: string;
  readonly source: DataSource;
  readonly started: { readonly codeVerifier: unknown; readonly redirectUri: string };
}

/** A sign-in to be verified, and what will be stored for it. */
interface NewSignIn {
  readonly tokens: AccessTokenProvider;
  readonly keep: StoredTokens | StoredAccount;
  readonly provider: ConnectionProvider;
}

export function ofTokens(keep: StoredTokens, provider: 'oauth' | 'token'): NewSignIn {
  return { tokens: staticToken(keep.accessToken), keep, provider };
}

/** A sign-in is stored only after one call has verified it. The source's previous connection at Composio is deleted. */
export async function connect(
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
    // A subscription depends on the sign-in that created it, so one of another account no longer applies.
    if (isAnother) await forgetSubscriptions(trx, source.id);
    else await makeSubscriptionDue(trx, source.id);
    const stored = found(await findDataSource(trx, source.id), 'data source');
    return { before: replaced?.authData ?? null, connected: stored };
  });
  if (source.connectionProvider === 'composio') await endReplaced(deps, source, before);
  await wakeUp(deps, userId, connected, isAnother).catch(() =>
    deps.logger.warn(
      { dataSourceId: source.id },
      'Temporal was not notified of the sign-in; it is detected within minutes',
    ),
  );
  return connected;
}

/**
 * Resumes what waited for the sign-in: schedules, and the job. A job that read another account cannot continue with
 * this one.
 */
async function wakeUp(deps: ApiDependencies, userId: string, source: DataSource, isAnother: boolean): Promise<void> {
  const job = await asUser(deps.db, userId, (trx) => findActiveJob(trx, source.id));
  if (job?.workflowId !== null && job?.workflowId !== undefined) {
    const handle = deps.temporal.workflow.getHandle(job.workflowId);
    await (isAnother ? handle.cancel() : handle.signal(signedInSignal)).catch((error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    });
  }
  await reconcileSource(deps, userId, source.id);
  if (source.changeNotificationsEnabled) await checkSubscription(deps, { userId, dataSourceId: source.id });
}
