import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessTokenProvider } from '../../connectors/connector.ts';
import { SyncError } from '../../../domain/errors.ts';
import { noToken, readAccount, tokenOf } from './account-token.ts';
import type { ComposioClient } from './client.ts';
import { createProxyFetch } from './proxy-fetch.ts';

export interface ComposioTokenOptions {
  readonly composio: () => ComposioClient;
  /** Which account at Composio the source is connected as. @throws SyncError where it no longer is */
  readonly connectedAccountId: (signal: AbortSignal) => Promise<string>;
  /** Null: this kind of source needs the token itself. */
  readonly files: RegExp | null;
  readonly maxItemBytes: number;
}

/** Composio replaces an expired token in its own time: it is asked again so often, at this distance in milliseconds. */
const rereads = 5;
const rereadMs = 1000;
const staleRetryMs = 30_000;

/**
 * Live access tokens of an account that Composio holds: read from there for each step and kept nowhere. A masked one is
 * answered by a name of our own, for which Composio carries out the calls.
 */
export function createComposioTokenProvider(options: ComposioTokenOptions): AccessTokenProvider {
  const refused = new Set<string>();
  const carriers = new Map<string, typeof fetch>();
  let cached: string | null = null;

  const read = async (signal: AbortSignal): Promise<string> => {
    const composio = options.composio();
    const connectedAccountId = await options.connectedAccountId(signal);
    const account = await readAccount(composio, connectedAccountId, signal);
    const token = tokenOf(account);
    if (token !== null) return token;
    const { files, maxItemBytes: maxBytes } = options;
    if (files === null) throw noToken(account);
    const name = `composio-${randomUUID()}`;
    carriers.set(name, createProxyFetch({ composio, connectedAccountId, files, maxBytes }));
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
      // Whether the person has ended the sign-in Composio finds out by its next refresh; until then nothing is proven.
      throw new SyncError('unavailable', {
        code: 'composio_token_stale',
        message:
          'The vendor refuses the token that Composio hands out; it will be tried again. If this lasts, connect the account again.',
        retryAfterMs: staleRetryMs,
      });
    },
    invalidate: (accessToken) => void refused.add(accessToken),
    fetchFor: (accessToken) => carriers.get(accessToken),
  };
}
