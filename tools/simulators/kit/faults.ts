/** One request to a simulator, as a fault sees it. */
export interface SimulatedCall {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A scripted fault: the requests it affects, their number, and what happens instead of the answer. */
export interface Fault {
  /** Part of the path, or a pattern as text (`^/drive/v3/files/[^/]+$`). */
  readonly path: string;
  readonly method?: string;
  /** Only requests whose query has these values. */
  readonly query?: Readonly<Record<string, string>>;
  /** Only requests that satisfy this condition, for example those for one channel, by their body. */
  readonly when?: (asked: SimulatedCall) => boolean;
  /** Number of matching requests that succeed first. */
  readonly skip?: number;
  /** Number of requests affected; by default, all. */
  readonly times?: number;
  /** Affects only this share of the matching requests, chosen by a seeded random sequence. */
  readonly share?: number;
  readonly then: FaultEffect;
}

export interface FaultEffect {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /**
   * Replaces the body of a successful answer; receives the body (never bytes) and the request. Undefined: an empty
   * body.
   */
  readonly rewrite?: (body: unknown, asked: SimulatedCall) => unknown;
  /** Waits first, in milliseconds; without other effects, the answer is then sent as usual. */
  readonly delayMs?: number;
  /** Waits for this first; without other effects, the answer is then sent as usual. */
  readonly until?: Promise<unknown>;
  /** Executes the request, then delays the answer, in milliseconds. */
  readonly answerDelayMs?: number;
  /** Executes the request, then waits for this before it answers. */
  readonly answerUntil?: Promise<unknown>;
  /** Closes the connection without an answer. */
  readonly reset?: boolean;
  /** Announces the whole body, sends this share of it, and closes. */
  readonly truncate?: number;
}

/** The active faults; the first match applies. */
export class Faults {
  readonly #faults: { readonly fault: Fault; readonly pattern: RegExp; seen: number; hit: number }[] = [];
  #chance = 0x2545f491;

  add(fault: Fault): void {
    this.#faults.push({ fault, pattern: new RegExp(fault.path), seen: 0, hit: 0 });
  }

  clear(): void {
    this.#faults.length = 0;
  }

  /** How often each fault was applied, in the order in which they were added. */
  hits(): number[] {
    return this.#faults.map(({ hit }) => hit);
  }

  match(asked: SimulatedCall): FaultEffect | null {
    const { method, path, query } = asked;
    for (const entry of this.#faults) {
      const { fault } = entry;
      if (fault.method !== undefined && fault.method !== method) continue;
      if (!entry.pattern.test(path)) continue;
      if (Object.entries(fault.query ?? {}).some(([name, value]) => query[name] !== value)) continue;
      if (fault.when?.(asked) === false) continue;
      entry.seen++;
      if (entry.seen <= (fault.skip ?? 0) || entry.hit >= (fault.times ?? Number.POSITIVE_INFINITY)) continue;
      if (fault.share !== undefined && this.#next() >= fault.share) continue;
      entry.hit++;
      return fault.then;
    }
    return null;
  }

  /** xorshift32: the same faults in every run. */
  #next(): number {
    this.#chance ^= this.#chance << 13;
    this.#chance ^= this.#chance >>> 17;
    this.#chance ^= this.#chance << 5;
    return (this.#chance >>> 0) / 0x1_0000_0000;
  }
}
