import type { Composio } from '@composio/core';
import { z } from 'zod';
import type { ComposioSettings } from '../../../platform/config.ts';
import { isSyncError, SyncError } from '../../../domain/errors.ts';
import { lenient, readableOf, readAnswer } from '../../connectors/answers.ts';
import { limitBody } from '../../connectors/bounded-body.ts';
import { tooLargeToRead } from '../../connectors/too-large.ts';
import { composioError } from './errors.ts';

/**
 * The few Composio calls that Headwater makes. None is retried here. Composio's own tool execution (`tools.execute`) is
 * not used.
 */
export interface ComposioClient {
  readonly baseUrl: string;
  /**
   * Finds the OAuth application that a toolkit is connected with. @throws SyncError `invalid_input` if the operator has
   * not created one
   */
  findAuthConfig(toolkit: string, signal: AbortSignal): Promise<string>;
  /** Starts a connection. It must not be trusted before the account is ACTIVE. */
  link(
    request: { readonly authConfigId: string; readonly userId: string; readonly callbackUrl: string },
    signal: AbortSignal,
  ): Promise<{ readonly connectedAccountId: string; readonly redirectUrl: string }>;
  /** @returns null if the account does not exist or was deleted */
  findAccount(connectedAccountId: string, signal: AbortSignal): Promise<ConnectedAccount | null>;
  /** @param revoke whether Composio also revokes the grant at the vendor, which it does asynchronously */
  deleteAccount(connectedAccountId: string, revoke: boolean, signal: AbortSignal): Promise<void>;
  /** @returns null if Composio has no connection to make the call with */
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

/** The known account statuses; Composio may add others. */
const statuses = ['ACTIVE', 'INITIALIZING', 'INITIATED', 'FAILED', 'EXPIRED', 'INACTIVE', 'REVOKED'] as const;

/**
 * Composio changes its answers without notice, so only the fields that are used are parsed, and only the indispensable
 * ones are required.
 */
const connectedAccount = z.looseObject({
  // An unknown status proves nothing, so it does not ask anybody to sign in again.
  status: z.enum(statuses),
  toolkit: lenient.object({ slug: lenient.text }),
  // Composio has announced that it will remove this field.
  user_id: lenient.text,
  state: lenient.object({ val: lenient.object({ access_token: lenient.text }) }),
});
const linkAnswer = z.object({
  connected_account_id: z.string().min(1),
  redirect_url: z.url({ protocol: /^https?$/ }),
});
const authConfig = z.looseObject({
  id: z.string().min(1),
  status: lenient.text,
  auth_scheme: lenient.text,
  is_composio_managed: lenient.boolean,
});
const authConfigs = z.looseObject({ items: readableOf(authConfig) });
const done = z.looseObject({ success: z.literal(true) });
const proxyAnswer = z.looseObject({
  status: z.int().min(200).max(599),
  data: z.unknown().optional(),
  headers: z
    .record(z.string(), z.unknown())
    .nullish()
    .catch(undefined)
    .transform((headers) =>
      Object.entries(headers ?? {}).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
    ),
  // If present, this is the only place to get the file from.
  binary_data: z.looseObject({ url: z.string(), size: lenient.number }).nullish(),
});

const defaultBaseUrl = 'https://backend.composio.dev';
/** Timeout of one call, headers and body, in milliseconds. */
const timeoutMs = 60_000;
/** Maximum size of a Composio answer, in bytes. Files have their own address and are not part of it. */
const maxAnswerBytes = 64 * 1024 * 1024;

/** @throws SyncError `invalid_input` naming the variable that is missing or wrong */
export function createComposioClient(settings: ComposioSettings): ComposioClient {
  const { apiKey } = settings;
  if (apiKey === undefined) throw notConfigured();
  const baseUrl = safeBaseUrl(settings.baseUrl);
  let loaded: Promise<Sdk> | undefined;
  const call = async <Schema extends z.ZodType>(
    signal: AbortSignal,
    schema: Schema,
    name: string,
    work: (sdk: Sdk) => Promise<unknown>,
  ): Promise<z.output<Schema>> => {
    loaded ??= loadSdk(apiKey, baseUrl);
    try {
      return readAnswer(schema, await work(await loaded), { vendor: 'Composio', call: name });
    } catch (error) {
      signal.throwIfAborted();
      throw composioError(error);
    }
  };
  return {
    baseUrl,
    findAuthConfig: async (toolkit, signal) => {
      const query = { toolkit_slug: toolkit, limit: 100 };
      const found = await call(signal, authConfigs, 'auth configs', (sdk) => sdk.authConfigs.list(query, { signal }));
      return chooseAuthConfig(toolkit, found.items.read);
    },
    link: async ({ authConfigId, userId, callbackUrl }, signal) => {
      const body = { auth_config_id: authConfigId, user_id: userId, callback_url: callbackUrl };
      const answer = await call(signal, linkAnswer, 'link', (sdk) => sdk.link.create(body, { signal }));
      return { connectedAccountId: answer.connected_account_id, redirectUrl: answer.redirect_url };
    },
    findAccount: (id, signal) =>
      call(
        signal,
        connectedAccount,
        'account',
        async (sdk) => await sdk.connectedAccounts.retrieve(id, { signal }),
      ).catch(nullIfDeleted),
    deleteAccount: async (id, revoke, signal) => {
      const params = revoke ? { revoke_on_delete: true } : {};
      await call(
        signal,
        done,
        'delete',
        async (sdk) => await sdk.connectedAccounts.delete(id, params, { signal }),
      ).catch(nullIfDeleted);
    },
    proxy: async ({ connectedAccountId, endpoint, method, headers, body }, signal) => {
      const parameters = [...headers].map(([name, value]) => ({ name, value, type: 'header' as const }));
      const request = { connected_account_id: connectedAccountId, endpoint, method, parameters, body };
      return await call(signal, proxyAnswer, 'proxy', async (sdk) => await sdk.tools.proxy(request, { signal })).catch(
        nullIfDeleted,
      );
    },
  };
}

function notConfigured(): SyncError {
  return new SyncError('invalid_input', {
    code: 'composio_not_configured',
    message:
      'Connecting through Composio is not set up. The operator must set COMPOSIO_API_KEY; until then, connect directly.',
  });
}

type Sdk = ReturnType<Composio['getClient']>;

/**
 * Loads the official SDK on first use, because it takes 50 MB. By default it checks npm for newer versions and reports
 * each call to its maker; both are switched off. The inner client is used because only it lets us disable retries and
 * logging and limit how much is read; the outer one also writes user ids to the console.
 */
async function loadSdk(apiKey: string, baseUrl: string): Promise<Sdk> {
  const sdk = await import('@composio/core');
  const composio = new sdk.Composio({ apiKey, baseURL: baseUrl, allowTracking: false, disableVersionCheck: true });
  return composio.getClient().withOptions({
    maxRetries: 0,
    timeout: timeoutMs,
    logLevel: 'off',
    fetch: async (input, init) =>
      limitBody(await fetch(input, { ...init, redirect: 'error' }), maxAnswerBytes, () =>
        tooLargeToRead('answer', maxAnswerBytes),
      ),
  });
}

/** Prefers the operator's own application over Composio's, because its scopes are the operator's choice. */
function chooseAuthConfig(toolkit: string, items: readonly z.infer<typeof authConfig>[]): string {
  const usable = items.filter((item) => item.status === 'ENABLED' && (item.auth_scheme ?? 'OAUTH2') === 'OAUTH2');
  const chosen = usable.find((item) => item.is_composio_managed === false) ?? usable[0];
  if (chosen !== undefined) return chosen.id;
  throw new SyncError('invalid_input', {
    code: 'composio_no_auth_config',
    message: `Composio is not set up for this kind of source. The operator must create an OAuth2 auth config for the toolkit "${toolkit}" there.`,
  });
}

function nullIfDeleted(error: unknown): null {
  if (isSyncError(error) && error.kind === 'not_found') return null;
  throw error;
}

/** Prevents a setting from sending the key and tokens over an unencrypted connection. */
function safeBaseUrl(configured: string | undefined): string {
  const url = new URL(configured ?? defaultBaseUrl);
  if (url.protocol === 'https:' || isLoopback(url)) return url.href.replace(/\/$/, '');
  throw new SyncError('invalid_input', {
    code: 'insecure_composio_base_url',
    message: 'COMPOSIO_BASE_URL must be an https address, or an address on this machine.',
  });
}

export function isLoopback({ hostname }: URL): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}
