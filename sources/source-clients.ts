/** Builds what is needed to call a source's vendor, for the worker and for the API. */

import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Config } from '../platform/config.ts';
import type { AccessTokenProvider, ConnectorContext, Throttle } from './connectors/connector.ts';
import { forConfig } from './connectors/oauth.ts';
import type { SubscriptionClient } from './connectors/subscriptions.ts';
import { createSubscriptionClient, definitionOf } from './connectors/registry.ts';
import type { ComposioToolkit } from './connectors/source-definition.ts';
import { createComposioClient } from './credentials/composio/client.ts';
import { type ComposioSignIn, createComposioSignIn } from './credentials/composio/sign-in.ts';
import { createComposioTokenProvider } from './credentials/composio/token-provider.ts';
import type { Keyring } from './credentials/keyring.ts';
import { createOAuthClient, type OAuthClient } from './credentials/oauth-client.ts';
import { readConnectedAccount } from './credentials/stored-sign-in.ts';
import { createTokenProvider } from './credentials/token-provider.ts';
import type { Database } from '../db/access/database.ts';
import type { SyncSource } from '../db/jobs/job-lifecycle.ts';
import { uploadedFilesOf } from '../db/sources/uploaded-files.ts';
import { isSyncError, SyncError, withScope } from '../domain/errors.ts';
import type { SourceType } from '../domain/source.ts';

interface AccessParts {
  readonly config: Config;
  readonly db: Kysely<Database>;
  readonly keyring: Keyring;
  readonly logger: Logger;
}

/** Provides access tokens of the source's own sign-in, stored here or at Composio, at this rate. */
export function contextFor(
  { config, db, keyring, logger }: AccessParts,
  source: SyncSource,
  throttle: Throttle,
): ConnectorContext {
  const place = { db, keyring, userId: source.userId, dataSourceId: source.id };
  const tokens =
    source.connectionProvider === 'composio'
      ? createComposioTokenProvider({
          composio: () => createComposioClient(config.composio),
          connectedAccountId: () => readConnectedAccount(place),
          files: toolkitOf(source.sourceType).files,
          maxItemBytes: config.maxItemBytes,
        })
      : createTokenProvider({ ...place, oauthClient: () => oauthClientFor(config, source) });
  const uploads = uploadedFilesOf(db, source.userId, source.id);
  return { tokens: ofTheAccount(tokens), throttle, logger, maxItemBytes: config.maxItemBytes, uploads };
}

/** A failure of the sign-in itself affects the whole account, regardless of the call that needed the token. */
function ofTheAccount(tokens: AccessTokenProvider): AccessTokenProvider {
  return {
    ...tokens,
    accessToken: async (signal) => {
      try {
        return await tokens.accessToken(signal);
      } catch (error) {
        throw isSyncError(error) ? withScope(error, 'account') : error;
      }
    },
  };
}

/**
 * Creates the client that subscribes to a source's change notifications or cancels them; null if its vendor sends none.
 */
export function createSubscriptionClientFor(parts: AccessParts): (source: SyncSource) => SubscriptionClient | null {
  const { changeNotifications, vendors } = parts.config;
  // Makes a call or two every few days, so it needs no rate limiter.
  const throttle: Throttle = () => Promise.resolve();
  return (source) =>
    createSubscriptionClient(source.sourceType, contextFor(parts, source, throttle), {
      vendors,
      gmailTopic: changeNotifications.gmail.topic,
    });
}

/** @throws SyncError `invalid_input` for a source without a sign-in */
export function oauthClientFor(
  config: Config,
  source: { readonly sourceType: SourceType; readonly config: object },
): OAuthClient {
  const { oauth } = definitionOf(source.sourceType);
  if (oauth === null) throw noSignIn();
  return createOAuthClient(forConfig(oauth, source.config), config.vendors[oauth.vendor]);
}

/** @throws SyncError `invalid_input` if Composio is not set up or does not support this kind of source */
export function composioSignInFor(config: Config, { sourceType }: Pick<SyncSource, 'sourceType'>): ComposioSignIn {
  const toolkit = toolkitOf(sourceType);
  return createComposioSignIn(createComposioClient(config.composio), toolkit, config.maxItemBytes);
}

function toolkitOf(sourceType: SourceType): ComposioToolkit {
  const { composio } = definitionOf(sourceType);
  if (composio === null) throw noSignIn();
  return composio;
}

function noSignIn(): SyncError {
  return new SyncError('invalid_input', { code: 'no_sign_in', message: 'A source of this type needs no sign-in.' });
}
