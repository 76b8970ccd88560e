/** Learned limits expire after a day, because the server's configuration may have changed. */
const lifetimeMs = 24 * 60 * 60 * 1000;

export interface Limits {
  readonly inputs: number;
  /** Total tokens of all inputs of one call, by our count. */
  readonly callTokens: number;
  /** Tokens of one input, by our count. */
  readonly inputTokens: number;
}

/** The size of one call in tokens by our count (cl100k_base); the server may count differently. */
export interface CallSize {
  readonly inputs: number;
  readonly tokens: number;
  readonly longest: number;
}

/**
 * The limits of one call to an embedder. A server reveals its limits only by refusals, so they are learned from those.
 */
export class CallLimits {
  readonly #initial: Limits;
  #current: Limits;
  #learntAt = 0;
  #maxAccepted = 0;

  constructor(initial: Partial<Limits>) {
    const unlimited = Number.POSITIVE_INFINITY;
    this.#initial = { inputs: unlimited, callTokens: unlimited, inputTokens: unlimited, ...initial };
    this.#current = this.#initial;
  }

  get current(): Limits {
    if (this.#current !== this.#initial && Date.now() - this.#learntAt > lifetimeMs) this.#current = this.#initial;
    return this.#current;
  }

  /** Tokens of the longest input that the server has accepted. */
  get maxAccepted(): number {
    return this.#maxAccepted;
  }

  accepted(call: CallSize): void {
    this.#maxAccepted = Math.max(this.#maxAccepted, call.longest);
  }

  /** Narrows the limits of future calls; learning never widens them. */
  learn(limits: Partial<Limits>): void {
    const { inputs, callTokens, inputTokens } = this.current;
    const atLeastOne = (a: number, b: number | undefined): number => Math.max(1, Math.floor(Math.min(a, b ?? a)));
    this.#learntAt = Date.now();
    this.#current = {
      inputs: atLeastOne(inputs, limits.inputs),
      callTokens: atLeastOne(callTokens, limits.callTokens),
      // One unusual text that has many tokens for the server must not shorten texts of a length it has accepted.
      inputTokens: Math.min(inputTokens, Math.max(limits.inputTokens ?? inputTokens, this.#maxAccepted, 1)),
    };
  }
}
