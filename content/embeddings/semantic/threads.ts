import { Worker } from 'node:worker_threads';
import { SyncError } from '../../../domain/errors.ts';
import type { InputType } from '../embedder.ts';

export interface EmbedRequest {
  readonly id: number;
  readonly texts: readonly string[];
  readonly inputType: InputType;
}
/** All vectors in a row. */
export interface EmbedReply {
  readonly id: number;
  readonly numbers: Float32Array<ArrayBuffer>;
}

interface Waiting {
  readonly resolve: (numbers: Float32Array) => void;
  readonly reject: (error: Error) => void;
}

/** A thread that holds a model, started with the first text. It keeps no process alive unless it is at work. */
export class ModelThread {
  readonly #waiting = new Map<number, Waiting>();
  readonly #script: string;
  readonly #data: object;
  #worker: Worker | null = null;
  #next = 0;

  /** @param data what the script finds as its `workerData` */
  constructor(script: string, data: object) {
    this.#script = script;
    this.#data = data;
  }

  /** Requests that have no answer yet. */
  get load(): number {
    return this.#waiting.size;
  }

  /** @throws SyncError `unavailable` when the thread ends; the next request starts another */
  async ask(texts: readonly string[], inputType: InputType): Promise<Float32Array> {
    const worker = (this.#worker ??= this.#start());
    const id = this.#next++;
    return await new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage({ id, texts, inputType } satisfies EmbedRequest, []);
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
      message: 'The built-in embedding model could not be used; it will be tried again.',
      operatorMessage: `the thread of the embedding model: ${reason}`,
    });
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** One vector a text, from all of them in a row. */
export function cutVectors(numbers: Float32Array, dimensions: number): Float32Array[] {
  const count = numbers.length / dimensions;
  return Array.from({ length: count }, (_, i) => numbers.slice(i * dimensions, (i + 1) * dimensions));
}
