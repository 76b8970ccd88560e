import { Worker } from 'node:worker_threads';
import { SyncError } from '../../../domain/errors.ts';
import type { InputType, WeightedWord } from '../embedder.ts';

export interface EmbedRequest {
  readonly id: number;
  readonly texts: readonly string[];
  readonly inputType: InputType;
  /** If present, the texts are compared with these words, and the reply has one number for each. */
  readonly words?: readonly WeightedWord[];
}
/** All vectors in a row, or one number for each text. */
export interface EmbedReply {
  readonly id: number;
  readonly numbers: Float32Array<ArrayBuffer>;
}

interface Waiting {
  readonly resolve: (numbers: Float32Array) => void;
  readonly reject: (error: Error) => void;
}

/** A thread that runs a model and starts with the first text. It keeps the process alive only while it works. */
export class ModelThread {
  readonly #waiting = new Map<number, Waiting>();
  readonly #script: string;
  readonly #data: object;
  #worker: Worker | null = null;
  #next = 0;

  /** @param data the `workerData` of the script */
  constructor(script: string, data: object) {
    this.#script = script;
    this.#data = data;
  }

  /** Number of requests without an answer. */
  get load(): number {
    return this.#waiting.size;
  }

  /** @throws SyncError `unavailable` if the thread ends; the next request starts another one */
  async ask(texts: readonly string[], inputType: InputType, words?: readonly WeightedWord[]): Promise<Float32Array> {
    const worker = (this.#worker ??= this.#start());
    const id = this.#next++;
    return await new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage(
        { id, texts, inputType, ...(words === undefined ? {} : { words }) } satisfies EmbedRequest,
        [],
      );
    });
  }

  #start(): Worker {
    const worker = new Worker(this.#script, { workerData: this.#data });
    worker.unref();
    worker.on('message', ({ id, numbers }: EmbedReply) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) worker.unref();
      waiting?.resolve(numbers);
    });
    worker.on('error', (error) => this.#end(error.message));
    worker.on('exit', (code) => this.#end(`it ended with ${code}`));
    return worker;
  }

  #end(reason: string): void {
    this.#worker = null;
    const error = new SyncError('unavailable', {
      code: 'embedder_unavailable',
      scope: 'account',
      message: 'The built-in embedding model stopped unexpectedly. The request is retried automatically.',
      operatorMessage: `the thread of the embedding model: ${reason}`,
    });
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** Splits the numbers into one vector per text. */
export function cutVectors(numbers: Float32Array, dimensions: number): Float32Array[] {
  const count = numbers.length / dimensions;
  return Array.from({ length: count }, (_, i) => numbers.slice(i * dimensions, (i + 1) * dimensions));
}
