import type { StoredAccount } from '../sources/credentials/stored-sign-in.ts';
import type { DataSource } from '../db/sources/data-sources.ts';
import type { ApiDependencies } from './dependencies.ts';

/** How the browser returns to us after a sign-in. */
export interface ReturnAddress {
  readonly redirectUri: string;
  readonly state: string;
}

/** Starts a sign-in at Composio and returns its link, which leads back to us with our own state. */
export async function beginAtComposio(
  deps: ApiDependencies,
  { sourceType }: DataSource,
  userId: string,
  { redirectUri, state }: ReturnAddress,
  signal: AbortSignal,
) {
  const callbackUrl = `${redirectUri}?${new URLSearchParams({ state }).toString()}`;
  const signIn = await deps.composio(sourceType).begin({ userId, callbackUrl }, signal);
  const started: StoredAccount = { connectedAccountId: signIn.connectedAccountId };
  return { authorizationUrl: signIn.authorizationUrl, started };
}

/**
 * Deletes the replaced connection, so that Composio keeps none without a source. Its grant is not revoked, because the
 * new sign-in may share it.
 */
export async function endReplaced(deps: ApiDependencies, source: DataSource, authData: unknown): Promise<void> {
  try {
    const { connectedAccountId } = deps.keyring.open(authData, source.id) as StoredAccount;
    await deps.composio(source.sourceType).end(connectedAccountId, false);
  } catch {
    deps.logger.warn({ dataSourceId: source.id }, 'the replaced connection could not be deleted at Composio');
  }
}
