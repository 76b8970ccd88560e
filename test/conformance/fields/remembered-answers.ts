/**
 * Remembers the answers of a vendor whose account no longer changes. A case damages the answers of one call, and the
 * connector makes thirty others that are answered as in every other case; these are not sent again.
 */

import type { SimulatedCall } from '../../../tools/simulators/kit/faults.ts';

interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Takes the place of the global `fetch` until it is disposed of. */
export class RememberedAnswers implements Disposable {
  readonly #fetch = globalThis.fetch;
  readonly #answers = new Map<string, Answer>();
  #mayBeDamaged: (asked: SimulatedCall) => boolean = () => false;

  constructor() {
    globalThis.fetch = async (input, init) => await this.#answer(input, init);
  }

  [Symbol.dispose](): void {
    globalThis.fetch = this.#fetch;
  }

  /** Asks the vendor for these answers, and forgets them, until the result is disposed of. */
  except(mayBeDamaged: (asked: SimulatedCall) => boolean): Disposable {
    this.#mayBeDamaged = mayBeDamaged;
    return { [Symbol.dispose]: () => (this.#mayBeDamaged = () => false) };
  }

  async #answer(input: Parameters<typeof fetch>[0], init: RequestInit = {}): Promise<Response> {
    const asked = input instanceof Request ? null : toCall(new URL(input), init);
    if (asked === null || this.#mayBeDamaged(asked)) return await this.#fetch(input, init);
    init.signal?.throwIfAborted();
    const key = JSON.stringify([asked.method, input, headersOf(init), asked.body.toString('latin1')]);
    const answer = this.#answers.get(key) ?? (await this.#ask(key, input, init));
    const { status, headers, bytes } = answer;
    return new Response(bytes.length === 0 ? null : bytes, { status, headers: headers.map(([...pair]) => pair) });
  }

  async #ask(key: string, input: Parameters<typeof fetch>[0], init: RequestInit): Promise<Answer> {
    const damage = this.#mayBeDamaged;
    const response = await this.#fetch(input, init);
    const answer = {
      status: response.status,
      headers: [...response.headers],
      bytes: new Uint8Array(await response.arrayBuffer()),
    };
    // A run that has failed may leave a request behind, which the next case damages.
    if (damage === this.#mayBeDamaged) this.#answers.set(key, answer);
    return answer;
  }
}

/** Leaves out the number that Microsoft's client gives to each of its requests. */
function headersOf({ headers }: RequestInit): [string, string][] {
  return [...new Headers(headers)].filter(([name]) => name !== 'client-request-id');
}

/** @returns null for a body that is read only once */
function toCall({ pathname, searchParams }: URL, { method = 'GET', body = null }: RequestInit): SimulatedCall | null {
  const bytes = body === null ? '' : body instanceof URLSearchParams ? body.toString() : body;
  if (typeof bytes !== 'string') return null;
  return { method, path: pathname, query: Object.fromEntries(searchParams), body: Buffer.from(bytes) };
}
