import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessTokenProvider } from '../../connectors/connector.ts';
import { SyncError } from '../../../domain/errors.ts';
import { readAccount, tokenOf } from './account-token.ts';
import type { ComposioClient } from './client.ts';
import { createProxyFetch } from './proxy-fetch.ts';

export interface ComposioTokenOptions {
  readonly composio: () => ComposioClient;
  /**
   * Returns the id of the Composio account that the source is connected as. @throws SyncError if it is no longer
   * connected
   */
  readonly connectedAccountId: (signal: AbortSignal) => Promise<string>;
  readonly files: RegExp;
  readonly maxItemBytes: number;
}

/**
 * Composio replaces an expired token asynchronously, so the account is read again this many times, with this delay in
 * milliseconds.
 */
const rereads = 5;
const rereadMs = 1000;
const staleRetryMs = 30_000;

/**
 * Provides access tokens of an account that Composio holds. They are read from Composio for each activity and stored
 * nowhere. For a masked token it returns a placeholder, and Composio executes the calls
 * (docs/vendors/composio.md#connections-tokens-and-the-proxy).
 */
export function createComposioTokenProvider(options: ComposioTokenOptions): AccessTokenProvider {
  const refused = new Set<string>();
  const fetches = new Map<string, typeof fetch>();
  let cached: string | null = null;

  const read = async (signal: AbortSignal): Promise<string> => {
    const composio = options.composio();
    const connectedAccountId = await options.connectedAccountId(signal);
    const account = await readAccount(composio, connectedAccountId, signal);
    const token = tokenOf(account);
    if (token !== null) return token;
    const { files, maxItemBytes: maxBytes } = options;
    const name = `composio-${randomUUID()}`;
    fetches.set(name, createProxyFetch({ composio, connectedAccountId, files, maxBytes }));
    return name;
  };
  return {
    accessToken: async (signal) => {
      if (cached !== null && !refused.has(cached)) return cached;
      for (let attempt = 0; attempt < rereads; attempt++) {
        if (attempt > 0) await sleep(rereadMs, undefined, { signal });
        const token = await read(signal);
        if (!refused.has(token)) return (cached = token);
      }
      // Composio learns only at its next refresh that the person revoked the grant; until then nothing is proven.
      throw new SyncError('unavailable', {
        code: 'composio_token_stale',
        message:
          'The vendor refused the token from Composio. The request is retried automatically. If this persists, connect the account again.',
        retryAfterMs: staleRetryMs,
      });
    },
    invalidate: (accessToken) => void refused.add(accessToken),
    fetchFor: (accessToken) => fetches.get(accessToken),
  };
}
