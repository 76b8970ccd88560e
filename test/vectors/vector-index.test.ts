import { startPinecone } from '../../tools/simulators/pinecone/server.ts';
import { createPgvectorIndex } from '../../content/vectors/pgvector.ts';
import { createPineconeIndex } from '../../content/vectors/pinecone.ts';
import { describeVectorIndex } from './contract.ts';
import { dimensions } from './texts.ts';

const model = 'test-model';

describeVectorIndex('pgvector', async ({ db }) => ({
  index: createPgvectorIndex(db, { store: 'pgvector', model, dimensions }),
  [Symbol.asyncDispose]: async () => await Promise.resolve(),
}));

for (const sequenceNumbers of [true, false]) {
  const name = sequenceNumbers
    ? 'Pinecone, late in showing what it took'
    : 'Pinecone, late and without sequence numbers';
  describeVectorIndex(name, async ({ db }) => {
    const pinecone = await startPinecone();
    Object.assign(pinecone.switches, { visibleAfterMs: 60, sequenceNumbers });
    const settings = { apiKey: pinecone.apiKey, controllerHost: pinecone.url, region: 'aws/us-east-1' };
    const index = createPineconeIndex(db, settings, { store: 'pinecone/headwater', model, dimensions });
    const signal = new AbortController().signal;
    // The first call creates the index and asks for another attempt.
    await index.prepare(signal).catch(() => index.prepare(signal));
    return { index, [Symbol.asyncDispose]: async () => await pinecone[Symbol.asyncDispose]() };
  });
}
