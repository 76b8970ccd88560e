import { lookup as resolve } from 'node:dns';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { waitOf } from '../../domain/retry-after.ts';
import { addressProblem, type AddressRules, isPublicAddress, isTrusted } from './addresses.ts';

/** The result of one attempt. The body of the answer is not read. */
export interface Answer {
  /** Null if there was no answer. */
  readonly status: number | null;
  /** Why there was no answer, as a stable code. */
  readonly error: string | null;
  readonly retryAfterMs: number | null;
}

const timeoutMs = 15_000;
const blocked = 'ERR_BLOCKED_ADDRESS';

/** Our codes for the system's errors; all others become `no_answer`. */
const errorCodes: Readonly<Record<string, string>> = {
  [blocked]: 'address_not_allowed',
  ENOTFOUND: 'name_not_found',
  EAI_AGAIN: 'name_not_found',
  ECONNREFUSED: 'connection_refused',
  ETIMEDOUT: 'timeout',
  ABORT_ERR: 'timeout',
};

/**
 * Sends one POST to a URL that a user entered. Redirects are not followed. Names are resolved only here: the connection
 * goes to exactly the address that was checked.
 */
export async function post(
  target: string,
  message: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
  rules: AddressRules,
  signal: AbortSignal,
): Promise<Answer> {
  const url = new URL(target);
  if (addressProblem(url, rules) !== null) return { status: null, error: 'address_not_allowed', retryAfterMs: null };
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const response = await send(url, message, isTrusted(url, rules) ? undefined : publicLookup, limited);
    const { statusCode, headers } = response;
    response.destroy();
    return {
      status: statusCode ?? null,
      error: null,
      retryAfterMs: waitOf(headers['retry-after'], headers.date) ?? null,
    };
  } catch (error) {
    signal.throwIfAborted();
    return { status: null, error: codeOf(error), retryAfterMs: null };
  }
}

async function send(
  url: URL,
  { headers, body }: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
  lookup: LookupFunction | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return await new Promise((settle, fail) => {
    const outgoing = request(
      url,
      {
        method: 'POST',
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        // Uses a connection of its own, because a kept-alive one was checked for another name.
        agent: false,
        signal,
        ...(lookup === undefined ? {} : { lookup }),
      },
      settle,
    );
    outgoing.on('error', fail);
    outgoing.end(body);
  });
}

/** Like `dns.lookup`, but rejects a name if any of its addresses is not public. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, '');
    const [first] = addresses;
    if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) {
      return callback(Object.assign(new Error('not a public address'), { code: blocked }), '');
    }
    return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family);
  });
};

function codeOf(error: unknown): string {
  const code = Error.isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (/^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code)) return 'certificate_not_valid';
  return errorCodes[code] ?? 'no_answer';
}
