/** What was asked of a simulator, as a fault sees it. */
export interface SimulatedCall {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Misbehaviour on order: which requests, how many of them, and what happens instead of the answer. */
export interface Fault {
  /** Part of the path, or a pattern as text (`^/drive/v3/files/[^/]+$`). */
  readonly path: string;
  readonly method?: string;
  /** Only requests whose query has these values. */
  readonly query?: Readonly<Record<string, string>>;
  /** Only requests of which this is true: those for one channel, by their body. */
  readonly when?: (asked: SimulatedCall) => boolean;
  /** How many matching requests go well first. */
  readonly skip?: number;
  /** How many are hit; without it, all. */
  readonly times?: number;
  /** Hit only this share of the matching requests, from a seeded row of chances. */
  readonly share?: number;
  readonly then: FaultEffect;
}

export interface FaultEffect {
  /** Answer this instead. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Answer this instead of a body that went well: given the body (never bytes) and what was asked for. Undefined: an empty body. */
  readonly rewrite?: (body: unknown, asked: SimulatedCall) => unknown;
  /** Wait first, in milliseconds; alone: then answer as usual. */
  readonly delayMs?: number;
  /** Do what was asked, then wait with the answer, in milliseconds. */
  readonly answerDelayMs?: number;
  /** Close the connection without an answer. */
  readonly reset?: boolean;
  /** Promise the whole body, send this share of it, close. */
  readonly truncate?: number;
}

/** The faults in force, first match first. */
export class Faults {
  readonly #faults: { readonly fault: Fault; readonly pattern: RegExp; seen: number; hit: number }[] = [];
  #chance = 0x2545f491;

  add(fault: Fault): void {
    this.#faults.push({ fault, pattern: new RegExp(fault.path), seen: 0, hit: 0 });
  }

  clear(): void {
    this.#faults.length = 0;
  }

  /** How often each fault has struck, in the order they were added. */
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
