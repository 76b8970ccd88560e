/**
 * Subscribes to a vendor's change notifications. This is separate from the connector because a sync only reads (P11).
 */

export interface SubscribeRequest {
  /** The address the vendor sends notifications to. */
  readonly address: string;
  /** The secret that each notification must carry, for vendors that do not sign them. */
  readonly secret: string;
  /** The subscription that is about to expire. */
  readonly renewing: { readonly externalId: string; readonly resourceId: string | null } | null;
}

export interface Subscribed {
  /** The id that notifications will carry: a channel, a subscription, a mailbox, an account. */
  readonly externalId: string;
  readonly resourceId: string | null;
  /** Whether it was created with the secret of this request; a renewed subscription keeps its old one. */
  readonly usesSecret: boolean;
  /** Well before it expires; null: it does not expire. */
  readonly renewAt: Date | null;
}

/** Asks a vendor to send change notifications about one account. It never retries and throws only `SyncError`. */
export interface SubscriptionClient {
  /**
   * Creates or renews a subscription. If notifications are configured for the whole application, it only finds out
   * which account they will name.
   */
  subscribe(request: SubscribeRequest, signal: AbortSignal): Promise<Subscribed>;
  /** A subscription that no longer exists is not an error. */
  unsubscribe(
    subscription: { readonly externalId: string; readonly resourceId: string | null },
    signal: AbortSignal,
  ): Promise<void>;
}

const hourMs = 3_600_000;
/** No vendor grants more than a month. */
const maxLifetimeMs = 31 * 24 * hourMs;

/** A shorter one would be renewed all the time. */
const minLifetimeMs = 10_000;

/**
 * Renews when a quarter of the lifetime is left, which covers our being down over a long weekend. A time in the past
 * comes from a clock that differs from ours, so it counts as an hour.
 */
export function renewalOf(expiresAt: number): Date {
  const statedMs = expiresAt - Date.now();
  const lifetimeMs = statedMs > 0 ? Math.min(Math.max(statedMs, minLifetimeMs), maxLifetimeMs) : hourMs;
  return new Date(Date.now() + lifetimeMs * 0.75);
}
