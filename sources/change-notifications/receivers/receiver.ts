import type { IncomingHttpHeaders } from 'node:http';

/** One request to a public, unauthenticated endpoint. */
export interface NotificationRequest {
  readonly headers: IncomingHttpHeaders;
  readonly query: { readonly challenge?: string | undefined; readonly validationToken?: string | undefined };
  /** The exact bytes received, because signatures are computed over them. */
  readonly body: Buffer;
}

/**
 * The vendor reports that something changed in this account, channel or subscription. Any details it gives are ignored;
 * the sync finds the changes.
 */
export interface ChangeNotification {
  readonly externalId: string;
  /** The secret that the notification carries where the request is not signed. The caller compares it. */
  readonly secret: string | null;
  /** `renewal`: the content did not change, but the subscription is about to expire or has expired. */
  readonly asksFor: 'sync' | 'renewal';
}

export type ReceivedNotifications =
  /** The vendor expects this text to be echoed, to verify that the address is ours. */
  | { readonly outcome: 'greeting'; readonly text: string }
  | { readonly outcome: 'notifications'; readonly notifications: readonly ChangeNotification[] }
  /** The request does not come from the vendor, or is too old. */
  | { readonly outcome: 'refused' };

/**
 * Reads and verifies the requests of one vendor. @throws only if the proof could not be checked (the keys could not be
 * fetched); the vendor should retry
 */
export type NotificationReceiver = (
  request: NotificationRequest,
) => ReceivedNotifications | Promise<ReceivedNotifications>;

export const refused: ReceivedNotifications = { outcome: 'refused' };

/** Vendors batch a few notifications; a request with more than this is rejected. */
export const maxNotifications = 1000;
/** The texts that vendors ask to have echoed are far shorter. */
const maxGreeting = 1000;

/** @param text the text to echo; anybody can send it, so its length is limited and it is never returned as HTML */
export function greeting(text: string): ReceivedNotifications {
  return text.length > maxGreeting ? refused : { outcome: 'greeting', text };
}

/** Reads a header that may be sent only once. */
export function headerOf({ headers }: NotificationRequest, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}

/** @returns undefined if the body is not JSON */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
