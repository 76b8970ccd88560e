/** What a connector's vendor can be asked to send by itself. Beside the connector, never part of it: a sync only reads (P11). */

export interface SubscribeRequest {
  /** Where the vendor is to send. */
  readonly address: string;
  /** What each notification is to bring along, where the vendor signs none. */
  readonly secret: string;
  /** What is about to run out. */
  readonly renewing: { readonly externalId: string; readonly resourceId: string | null } | null;
}

export interface Subscribed {
  /** What notifications will name: a channel, a subscription, a mailbox, an account. */
  readonly externalId: string;
  readonly resourceId: string | null;
  /** Was it made with the secret of this request? One that was renewed keeps its own. */
  readonly usesSecret: boolean;
  /** Well before it runs out; null: it does not. */
  readonly renewAt: Date | null;
}

/** Asks a vendor to send hints about one account. Never retries; throws nothing but `SyncError`. */
export interface SubscriptionClient {
  /** Makes a subscription or renews one. Where hints are set up at the application, it only learns whose they are. */
  subscribe(request: SubscribeRequest, signal: AbortSignal): Promise<Subscribed>;
  /** One that is gone already is as good. */
  unsubscribe(
    subscription: { readonly externalId: string; readonly resourceId: string | null },
    signal: AbortSignal,
  ): Promise<void>;
}

/** Renewed when a quarter of its time is left: enough for a long weekend's outage of ours. */
export function renewalOf(expiresAt: number): Date {
  const now = Date.now();
  return new Date(now + (expiresAt - now) * 0.75);
}
