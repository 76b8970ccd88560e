/** Creates the Pinecone index if it does not exist, and checks an existing one. */

import type { Pinecone } from '@pinecone-database/pinecone';
import { SyncError } from '../../domain/errors.ts';
import { type CallContext, createClient, type PineconeSettings, refusedWith } from './pinecone-client.ts';

/** Pinecone creates an index within seconds to a minute; checking again is cheap. */
const notReadyMs = 2000;
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
  const index = await describe(client, name);
  if (index === null) {
    await create(settings, name, dimensions, context);
    throw notReady(name);
  }
  // An index that is being created may not have its fields yet.
  if (!index.status.ready) throw notReady(name);
  const values = index.schema.fields[field];
  const isDense = values !== undefined && 'type' in values && values.type === 'dense_vector';
  if (!isDense) throw mismatch(name, 'contains no dense vectors', dimensions);
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

function notReady(name: string): SyncError {
  return new SyncError('unavailable', {
    code: 'vector_index_not_ready',
    message: `The Pinecone index "${name}" is being created.`,
    retryAfterMs: notReadyMs,
  });
}

function mismatch(name: string, what: string, dimensions: number): SyncError {
  return new SyncError('invalid_input', {
    code: 'vector_index_mismatch',
    message: `The Pinecone index "${name}" ${what}, but the embedder needs dense vectors of ${dimensions} dimensions compared by cosine. Set PINECONE_INDEX to an unused name (the index is created at the next start), or set EMBEDDING_MODEL and EMBEDDING_DIMENSIONS to match the index.`,
  });
}
