import { gmail_v1 } from 'googleapis/build/src/apis/gmail/v1.js';
import { type CallContext, callTimeoutMs, createGoogleCall, type GoogleCall, rootUrl } from '../google/call.ts';
import { gmailService, toGmailError } from './errors.ts';

/**
 * The cost of each call in Google's quota units: docs/vendors/gmail.md#quotas. Older projects pay 5 for every `get`.
 */
export const units = {
  profile: 1,
  labels: 1,
  history: 2,
  list: 5,
  metadata: 20,
  attachment: 20,
  full: 60,
  watch: 100,
  raw: 60,
} as const;

/** Units that one user of a new project may spend per minute; older projects have 15,000. */
export const unitsPerMinute = 6000;

/** Runs one call of the official client with a valid token; a refused token is replaced once. */
export type GmailCall = GoogleCall<gmail_v1.Gmail, keyof typeof units>;

/** @param apiBaseUrl replaces Google's address in tests and with simulators */
export function createGmailCall(context: CallContext, apiBaseUrl: string | undefined): GmailCall {
  const askAccount = (gmail: gmail_v1.Gmail, signal: AbortSignal): Promise<unknown> =>
    gmail.users.getProfile({ userId: 'me', fields: 'historyId' }, { signal, timeout: callTimeoutMs });
  return createGoogleCall(context, {
    service: gmailService,
    units,
    toError: (error, subject, gmail, signal) => toGmailError(error, subject, () => askAccount(gmail, signal)),
    clientWith: (auth) => new gmail_v1.Gmail({ auth, retry: false, ...rootUrl(apiBaseUrl) }),
    askAccount,
  });
}
