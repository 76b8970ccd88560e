/** A day after they were learnt limits are learnt anew: a server may have been configured otherwise. */
const lifetimeMs = 24 * 60 * 60 * 1000;

export interface Limits {
  readonly inputs: number;
  /** Tokens summed over all inputs of one call, as we count them. */
  readonly callTokens: number;
  /** Tokens of one input, as we count them. */
  readonly inputTokens: number;
}

/** Texts of one call, in tokens as we count them (cl100k_base). The server may count otherwise. */
export interface CallSize {
  readonly inputs: number;
  readonly tokens: number;
  readonly longest: number;
}

/** What one call to an embedder may hold. Nothing tells a server's limits but its refusals, so they are learnt from those. */
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

  /** Tokens of the longest input that the server has ever taken. */
  get maxAccepted(): number {
    return this.#maxAccepted;
  }

  accepted(call: CallSize): void {
    this.#maxAccepted = Math.max(this.#maxAccepted, call.longest);
  }

  /** Narrows what is sent from now on; a limit never widens by learning. */
  learn(limits: Partial<Limits>): void {
    const { inputs, callTokens, inputTokens } = this.current;
    const atLeastOne = (a: number, b: number | undefined): number => Math.max(1, Math.floor(Math.min(a, b ?? a)));
    this.#learntAt = Date.now();
    this.#current = {
      inputs: atLeastOne(inputs, limits.inputs),
      callTokens: atLeastOne(callTokens, limits.callTokens),
      // One odd text that is many tokens to the server must not shorten those that it has been seen to take.
      inputTokens: Math.min(inputTokens, Math.max(limits.inputTokens ?? inputTokens, this.#maxAccepted, 1)),
    };
  }
}
