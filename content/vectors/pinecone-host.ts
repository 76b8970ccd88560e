/** Creates the Pinecone index if it does not exist, and checks an existing one. */

import type { Pinecone } from '@pinecone-database/pinecone';
import { SyncError } from '../../domain/errors.ts';
import { describedIndex, denseField, indexField, readAnswer } from './pinecone-answers.ts';
import { type CallContext, createClient, type PineconeSettings, refusedWith } from './pinecone-client.ts';

/** Pinecone creates an index within seconds to a minute; checking again is cheap. */
const notReadyMs = 2000;
/** A deletion takes minutes, and what a person has to do takes longer. */
const unreadyMs = 30_000;
const field = '_values';

/**
 * Returns the address of the index's data, once it is ready.
 * @throws SyncError `invalid_input` if it contains other vectors, `unavailable` while it is being created
 */
export async function prepareHost(
  settings: PineconeSettings,
  name: string,
  dimensions: number,
  context: CallContext,
): Promise<string> {
  const client = await createClient(settings, context);
  const found = await describe(client, name);
  if (found === null) {
    await create(settings, name, dimensions, context);
    throw notReady(name, 'Initializing');
  }
  const index = readAnswer(describedIndex, found);
  // An index that is being created may not have its fields yet.
  if (!index.status.ready) throw notReady(name, index.status.state);
  const { type } = readAnswer(indexField, index.schema.fields[field] ?? { type: 'none' });
  if (type !== 'dense_vector') throw mismatch(name, 'contains no dense vectors', dimensions);
  const values = readAnswer(denseField, index.schema.fields[field]);
  if (values.dimension !== dimensions)
    throw mismatch(name, `contains vectors of ${values.dimension} dimensions`, dimensions);
  if (values.metric !== 'cosine') throw mismatch(name, `compares by ${values.metric} instead of cosine`, dimensions);
  return index.host;
}

async function describe(client: Pinecone, name: string) {
  try {
    return await client.indexes.describe(name);
  } catch (error) {
    if (refusedWith(error) === 404) return null;
    throw error;
  }
}

/** Two processes may create it concurrently: the second gets the error that it exists. */
async function create(
  settings: PineconeSettings,
  name: string,
  dimension: number,
  context: CallContext,
): Promise<void> {
  const [cloud = '', region = ''] = settings.region.split('/');
  try {
    const client = await createClient(settings, context);
    await client.indexes.create({
      name,
      schema: { fields: { [field]: { type: 'dense_vector', dimension, metric: 'cosine' } } },
      deployment: { deploymentType: 'managed', cloud, region },
      tags: { madeby: 'headwater' },
      waitUntilReady: false,
    });
  } catch (error) {
    if (refusedWith(error) !== 409) throw error;
  }
}

/** What a person can do about an index that is not ready; others become ready by themselves. */
const states: Readonly<Record<string, string>> = {
  Initializing: 'is being created.',
  Terminating: 'is being deleted. It is created again as soon as it is gone; set PINECONE_INDEX to use another one.',
  InitializationFailed: 'could not be created. Delete it in Pinecone’s console; it is then created again.',
  Disabled: 'is disabled. Enable it in Pinecone’s console, or ask Pinecone’s support why it is.',
};

function notReady(name: string, state: string): SyncError {
  return new SyncError('unavailable', {
    code: 'vector_index_not_ready',
    message: `The Pinecone index "${name}" ${states[state] ?? 'is not ready yet.'}`,
    operatorMessage: `Pinecone: the index is not ready (${/^[A-Za-z]{1,40}$/.test(state) ? state : 'unknown state'})`,
    retryAfterMs: state in states && state !== 'Initializing' ? unreadyMs : notReadyMs,
  });
}

function mismatch(name: string, what: string, dimensions: number): SyncError {
  return new SyncError('invalid_input', {
    code: 'vector_index_mismatch',
    message: `The Pinecone index "${name}" ${what}, but the embedder needs dense vectors of ${dimensions} dimensions compared by cosine. Set PINECONE_INDEX to an unused name (the index is created at the next start), or set EMBEDDING_MODEL and EMBEDDING_DIMENSIONS to match the index.`,
  });
}
