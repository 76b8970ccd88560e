/** One request as a simulator saw it. Never a token, never a body. */
export interface Call {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly status: number;
  /** Whose token it carried: the account, or null. */
  readonly account: string | null;
  /** Would it have changed anything at the vendor? */
  readonly mutating: boolean;
  /** Did it ask the vendor to send notifications, or no longer to? Such a call is mutating as well: no sync makes one. */
  readonly subscription: boolean;
}

/** What was asked, so that a test can count it, or show that nothing mutating was among it (P11). */
export class CallLog {
  readonly calls: Call[] = [];
  /** Counts stay right when old entries are dropped. */
  total = 0;
  readonly #limit: number;

  /** @param limit entries kept */
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

  /** Of the mutating ones, those that touch no content. */
  subscriptions(): Call[] {
    return this.calls.filter((call) => call.subscription);
  }

  /** Calls by "METHOD path", ids replaced by a star. */
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
