/**
 * Damages each field of an embedding server's answer, one at a time, and replaces the whole answer. No text ever gets
 * another vector than its own: it waits, or is left out alone for the next sync.
 */

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createOpenAiEmbedder } from '../../content/embeddings/openai.ts';
import { isSyncError } from '../../domain/errors.ts';
import { type OpenAiSimulator, startOpenAi } from '../../tools/simulators/openai/server.ts';
import { damagesOf } from '../conformance/fields/mutations.ts';

const never = new AbortController().signal;
const texts = ['tide', 'harbour', 'lock', 'buoy'];
let server: OpenAiSimulator;

beforeAll(async () => {
  server = await startOpenAi(0, { dimensions: 8 });
});
afterAll(async () => await server[Symbol.asyncDispose]());

/** The vectors as text; null for a text that is left out. */
async function embed(): Promise<readonly (string | null)[]> {
  const baseUrl = `${server.url}/v1`;
  const embedder = createOpenAiEmbedder({ apiKey: 'k', baseUrl, model: 'm', dimensions: 8, sendDimensions: false });
  const vectors = await embedder.embed(texts, 'passage', never);
  return vectors.map((vector) => vector?.join() ?? null);
}

describe.each(['openai', 'ollama'] as const)('%s', (personality) => {
  test('a damaged answer gives no text a wrong vector, and stops nothing for good', async () => {
    server.settings.personality = personality;
    let sample: unknown;
    server.faults.add({ path: '/v1/embeddings', then: { rewrite: (answer) => (sample = structuredClone(answer)) } });
    const normal = await embed();
    expect(new Set(normal).size).toBe(texts.length);
    server.faults.clear();
    const wrong: string[] = [];
    for (const { what, rewrite } of damagesOf(sample)) {
      server.faults.add({ path: '/v1/embeddings', then: { rewrite } });
      const found = await embed().catch((error: unknown) => error);
      server.faults.clear();
      if (isSyncError(found) && found.kind === 'unavailable') continue;
      const isRight = Array.isArray(found) && normal.every((vector, i) => found[i] === null || found[i] === vector);
      if (!isRight) wrong.push(what);
    }
    expect(wrong).toEqual([]);
    expect(await embed()).toEqual(normal);
  });
});
