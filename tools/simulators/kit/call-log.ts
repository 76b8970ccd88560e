/** One request as a simulator saw it. It contains no token and no body. */
export interface Call {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly status: number;
  /** The account of its token, or null. */
  readonly account: string | null;
  /** Whether it would have changed anything at the vendor. */
  readonly mutating: boolean;
  /**
   * Whether it subscribed to notifications or canceled a subscription. Such a call is also mutating: no sync makes one.
   */
  readonly subscription: boolean;
}

/** The calls that a simulator received, so that a test can count them, or show that none was mutating (P11). */
export class CallLog {
  readonly calls: Call[] = [];
  /** The total stays correct when old entries are dropped. */
  total = 0;
  readonly #limit: number;

  /** @param limit maximum number of entries kept */
  constructor(limit = 200_000) {
    this.#limit = limit;
  }

  add(call: Call): void {
    this.total++;
    this.calls.push(call);
    if (this.calls.length > this.#limit) this.calls.splice(0, this.#limit / 2);
  }

  mutating(): Call[] {
    return this.calls.filter((call) => call.mutating);
  }

  /** The mutating calls that touch no content. */
  subscriptions(): Call[] {
    return this.calls.filter((call) => call.subscription);
  }

  /** Counts calls by "METHOD path", with ids replaced by a star. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { method, path } of this.calls) {
      const name = `${method} ${path.replace(/(\/v3\/(?:files|drives)|\/(?:messages|threads|attachments))\/(?!generateIds)[^/]+/g, '$1/*')}`;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }

  clear(): void {
    this.calls.length = 0;
    this.total = 0;
  }
}
