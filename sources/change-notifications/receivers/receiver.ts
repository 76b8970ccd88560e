import type { IncomingHttpHeaders } from 'node:http';

/** One request to an address of ours that is open to everybody. */
export interface NotificationRequest {
  readonly headers: IncomingHttpHeaders;
  readonly query: { readonly challenge?: string | undefined; readonly validationToken?: string | undefined };
  /** As it came, byte by byte: signatures are over these. */
  readonly body: Buffer;
}

/** The vendor says that something about this account, channel or subscription is new. What, it does not get to say. */
export interface ChangeNotification {
  readonly externalId: string;
  /** What the notification brought to prove itself, where the request carries no signature; compared by the caller. */
  readonly secret: string | null;
  /** `renewal`: not the content is new, the subscription is about to end or has ended. */
  readonly asksFor: 'sync' | 'renewal';
}

export type ReceivedNotifications =
  /** The vendor wants to hear these words back, to see that the address is ours. */
  | { readonly outcome: 'greeting'; readonly text: string }
  | { readonly outcome: 'notifications'; readonly notifications: readonly ChangeNotification[] }
  /** It does not come from the vendor, or comes too late. */
  | { readonly outcome: 'refused' };

/** One vendor's way to notify. @throws only where the proof could not be looked at (keys not to be had): ask again later */
export type NotificationReceiver = (
  request: NotificationRequest,
) => ReceivedNotifications | Promise<ReceivedNotifications>;

export const refused: ReceivedNotifications = { outcome: 'refused' };

/** Vendors bundle a few; more in one request is no notification. */
export const maxNotifications = 1000;
/** What vendors ask to have echoed is far shorter. */
const maxGreeting = 1000;

/** @param text what the vendor asks to hear back; a stranger may ask as well, so it is bounded and never marked up */
export function greeting(text: string): ReceivedNotifications {
  return text.length > maxGreeting ? refused : { outcome: 'greeting', text };
}

/** A header that may be sent once only. */
export function headerOf({ headers }: NotificationRequest, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}

/** @returns undefined for what is no JSON */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
