import type { Composio } from '@composio/core';
import { z } from 'zod';
import type { ComposioSettings } from '../../../platform/config.ts';
import { SyncError } from '../../../domain/errors.ts';
import { toSyncError } from './errors.ts';

/** The few calls of Composio that are made, each once. What it executes itself (`tools.execute`) is not among them. */
export interface ComposioClient {
  readonly baseUrl: string;
  /** The OAuth application that a toolkit is connected with. @throws SyncError `invalid_input` where the operator has made none */
  findAuthConfig(toolkit: string, signal: AbortSignal): Promise<string>;
  /** Begins a connection. It is not to be trusted before the account is ACTIVE. */
  link(
    request: { readonly authConfigId: string; readonly userId: string; readonly callbackUrl: string },
    signal: AbortSignal,
  ): Promise<{ readonly connectedAccountId: string; readonly redirectUrl: string }>;
  /** @returns null for an account that is not there (any more) */
  findAccount(connectedAccountId: string, signal: AbortSignal): Promise<ConnectedAccount | null>;
  /** @param revoke whether the grant is ended at the vendor too, which Composio does in its own time */
  deleteAccount(connectedAccountId: string, revoke: boolean, signal: AbortSignal): Promise<void>;
  /** @returns null where Composio finds nothing (any more) to make the call with */
  proxy(request: ProxyRequest, signal: AbortSignal): Promise<ProxyAnswer | null>;
}

export type ConnectedAccount = z.infer<typeof connectedAccount>;
export type ProxyAnswer = z.infer<typeof proxyAnswer>;

export interface ProxyRequest {
  readonly connectedAccountId: string;
  readonly endpoint: string;
  readonly method: 'GET' | 'POST';
  readonly headers: ReadonlyMap<string, string>;
  readonly body: unknown;
}

/** Their answers change without asking us: only what is used is read. */
const connectedAccount = z.object({
  status: z.string(),
  toolkit: z.object({ slug: z.string() }),
  // Composio has announced that it will stop telling this.
  user_id: z.string().nullish(),
  state: z.object({ val: z.object({ access_token: z.string().nullish() }) }).nullish(),
});
const linkAnswer = z.object({ connected_account_id: z.string(), redirect_url: z.url({ protocol: /^https?$/ }) });
const authConfigs = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      status: z.string(),
      auth_scheme: z.string().nullish(),
      is_composio_managed: z.boolean().nullish(),
    }),
  ),
});
const proxyAnswer = z.object({
  status: z.int().min(200).max(599),
  data: z.unknown(),
  headers: z.record(z.string(), z.string()).nullish(),
  binary_data: z.object({ url: z.string(), content_type: z.string(), size: z.number() }).nullish(),
});

const defaultBaseUrl = 'https://backend.composio.dev';
/** One call, headers and body, in milliseconds. */
const timeoutMs = 60_000;
/** Composio's answers are read whole, in bytes; files come by an address of their own. */
const maxAnswerBytes = 64 * 1024 * 1024;

/** @throws SyncError `invalid_input` naming the variable that is missing or wrong */
export function createComposioClient(settings: ComposioSettings): ComposioClient {
  const { apiKey } = settings;
  if (apiKey === undefined) {
    throw new SyncError('invalid_input', {
      code: 'composio_not_configured',
      message:
        'Connecting through Composio is not set up here: the operator has to set COMPOSIO_API_KEY. Without it, connect directly.',
    });
  }
  const baseUrl = safeBaseUrl(settings.baseUrl);
  let loaded: Promise<Sdk> | undefined;
  const call = async <T>(
    signal: AbortSignal,
    schema: z.ZodType<T>,
    work: (sdk: Sdk) => Promise<unknown>,
  ): Promise<T> => {
    loaded ??= loadSdk(apiKey, baseUrl);
    try {
      return schema.parse(await work(await loaded));
    } catch (error) {
      signal.throwIfAborted();
      throw toSyncError(error);
    }
  };
  return {
    baseUrl,
    findAuthConfig: async (toolkit, signal) => {
      const query = { toolkit_slug: toolkit, limit: 100 };
      const found = await call(signal, authConfigs, async (sdk) => await sdk.authConfigs.list(query, { signal }));
      return chooseAuthConfig(toolkit, found.items);
    },
    link: async ({ authConfigId, userId, callbackUrl }, signal) => {
      const body = { auth_config_id: authConfigId, user_id: userId, callback_url: callbackUrl };
      const answer = await call(signal, linkAnswer, async (sdk) => await sdk.link.create(body, { signal }));
      return { connectedAccountId: answer.connected_account_id, redirectUrl: answer.redirect_url };
    },
    findAccount: async (id, signal) =>
      await call(signal, connectedAccount, async (sdk) => await sdk.connectedAccounts.retrieve(id, { signal })).catch(
        nullIfGone,
      ),
    deleteAccount: async (id, revoke, signal) => {
      const params = revoke ? { revoke_on_delete: true } : {};
      const done = z.object({ success: z.literal(true) });
      await call(signal, done, async (sdk) => await sdk.connectedAccounts.delete(id, params, { signal })).catch(
        nullIfGone,
      );
    },
    proxy: async ({ connectedAccountId, endpoint, method, headers, body }, signal) => {
      const parameters = [...headers].map(([name, value]) => ({ name, value, type: 'header' as const }));
      const request = { connected_account_id: connectedAccountId, endpoint, method, parameters, body };
      return await call(signal, proxyAnswer, async (sdk) => await sdk.tools.proxy(request, { signal })).catch(
        nullIfGone,
      );
    },
  };
}

type Sdk = ReturnType<Composio['getClient']>;

/**
 * The official SDK, loaded by those who use it: it takes 50 MB. By itself it asks npm for newer versions and reports each
 * call to its maker: both are off. What is called is its inner client: that one alone can be told not to repeat calls, to be
 * silent, and to stop reading; the outer one also writes user ids to the console.
 */
async function loadSdk(apiKey: string, baseUrl: string): Promise<Sdk> {
  const sdk = await import('@composio/core');
  const composio = new sdk.Composio({ apiKey, baseURL: baseUrl, allowTracking: false, disableVersionCheck: true });
  return composio.getClient().withOptions({
    maxRetries: 0,
    timeout: timeoutMs,
    logLevel: 'off',
    fetch: async (input, init) => limitBody(await fetch(input, { ...init, redirect: 'error' }), maxAnswerBytes),
  });
}

/** A body that ends in an error once it is over the limit, whatever was announced. */
export function limitBody(response: Response, maxBytes: number): Response {
  let bytes = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      bytes += chunk.byteLength;
      if (bytes <= maxBytes) controller.enqueue(chunk);
      else
        controller.error(new SyncError('too_large', { message: 'The file is larger than what is read of one file.' }));
    },
  });
  return new Response(response.body?.pipeThrough(counter) ?? null, response);
}

/** The operator's own application before Composio's: its scopes are the operator's choice. */
function chooseAuthConfig(toolkit: string, items: z.infer<typeof authConfigs>['items']): string {
  const usable = items.filter((item) => item.status === 'ENABLED' && (item.auth_scheme ?? 'OAUTH2') === 'OAUTH2');
  const chosen = usable.find((item) => item.is_composio_managed === false) ?? usable[0];
  if (chosen !== undefined) return chosen.id;
  throw new SyncError('invalid_input', {
    code: 'composio_no_auth_config',
    message: `Composio is not set up for this kind of source: the operator has to create an OAuth2 auth config for the toolkit "${toolkit}" there.`,
  });
}

function nullIfGone(error: unknown): null {
  if (error instanceof SyncError && error.kind === 'not_found') return null;
  throw error;
}

/** A setting must not send the key, and tokens, over an open wire. */
function safeBaseUrl(configured: string | undefined): string {
  const url = new URL(configured ?? defaultBaseUrl);
  if (url.protocol === 'https:' || isLoopback(url)) return url.href.replace(/\/$/, '');
  throw new SyncError('invalid_input', {
    code: 'insecure_composio_base_url',
    message: 'COMPOSIO_BASE_URL must be an https address, or one on this machine.',
  });
}

export function isLoopback({ hostname }: URL): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}
