/** The thread that runs a table of word pieces, so that it blocks neither the API nor a worker. */

import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { embedText, readTable } from './table.ts';
import { createWordComparer } from './word-comparison.ts';
import type { EmbedReply, EmbedRequest } from './threads.ts';

const { path } = workerData as { readonly path: string };
const table = readTable(readFileSync(path));
const compare = createWordComparer(table);

parentPort?.on('message', ({ id, texts, words }: EmbedRequest) => {
  if (words !== undefined) {
    const numbers = Float32Array.from(compare(words, texts));
    parentPort?.postMessage({ id, numbers } satisfies EmbedReply, [numbers.buffer]);
    return;
  }
  const numbers = new Float32Array(texts.length * table.dimensions);
  texts.forEach((text, i) => {
    numbers.set(embedText(table, text), i * table.dimensions);
  });
  parentPort?.postMessage({ id, numbers } satisfies EmbedReply, [numbers.buffer]);
});
