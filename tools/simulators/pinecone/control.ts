import type { SimRequest, SimResponse } from '../kit/server.ts';
import { controlProblem } from './errors.ts';
import { SimulatedIndex } from './state.ts';

export interface ControlSwitches {
  /** How long a new index reports that it is not ready, in milliseconds. */
  readyAfterMs: number;
  /** How long a deleted index is still visible, in milliseconds. */
  deletedAfterMs: number;
}

interface CreateRequest {
  readonly name: string;
  readonly deployment?: object;
  readonly tags?: object;
  readonly schema: { readonly fields: Record<string, { readonly dimension?: number; readonly metric?: string }> };
}

/** The default location of an index. */
const managed = { deployment_type: 'managed', cloud: 'aws', region: 'us-east-1' };

/** `/indexes`: create, list, describe, delete. @returns null for other paths */
export function answerControl(
  indexes: Map<string, SimulatedIndex>,
  switches: ControlSwitches,
  hostOf: (name: string) => string,
  request: SimRequest,
): SimResponse | null {
  const [, root, name] = request.path.split('/');
  if (root !== 'indexes') return null;
  for (const index of indexes.values()) {
    if (index.deletedAt !== null && index.deletedAt + switches.deletedAfterMs <= Date.now()) indexes.delete(index.name);
  }
  if (name === undefined) {
    if (request.method === 'GET')
      return { status: 200, body: { indexes: [...indexes.values()].map((index) => describe(index, hostOf)) } };
    return create(indexes, switches, hostOf, request);
  }
  const index = indexes.get(name);
  if (index === undefined) return controlProblem(404, 'NOT_FOUND', `Resource ${name} not found`);
  if (request.method !== 'DELETE') return { status: 200, body: describe(index, hostOf) };
  if (!request.willFail) index.deletedAt = Date.now();
  return { status: 202 };
}

function create(
  indexes: Map<string, SimulatedIndex>,
  switches: ControlSwitches,
  hostOf: (name: string) => string,
  request: SimRequest,
): SimResponse {
  const { name, schema, deployment = managed, tags = {} } = JSON.parse(request.body.toString()) as CreateRequest;
  if (!/^[a-z0-9]([a-z0-9-]{0,43}[a-z0-9])?$/.test(name))
    return controlProblem(400, 'INVALID_ARGUMENT', 'Name must consist of lower case alphanumeric characters or "-"');
  if (indexes.has(name)) return controlProblem(409, 'ALREADY_EXISTS', `Resource ${name} already exists`);
  const { dimension = 0, metric = '' } = schema.fields['_values'] ?? {};
  if (dimension < 1 || dimension > 20_000)
    return controlProblem(422, 'INVALID_ARGUMENT', 'dimension must be between 1 and 20000');
  const readyAt = Date.now() + switches.readyAfterMs;
  const index = new SimulatedIndex({ name, dimension, metric, deployment, tags, readyAt });
  if (!request.willFail) indexes.set(name, index);
  return { status: 201, body: describe(index, hostOf) };
}

function describe(index: SimulatedIndex, hostOf: (name: string) => string): object {
  const { name, dimension, metric, tags, deployment } = index;
  const isReady = index.readyAt <= Date.now() && index.deletedAt === null;
  const state = index.deletedAt === null ? 'Initializing' : 'Terminating';
  return {
    name,
    host: hostOf(name),
    status: isReady ? { ready: true, state: 'Ready' } : { ready: false, state },
    deployment: { ...deployment, environment: 'simulated' },
    schema: { fields: { _values: { type: 'dense_vector', dimension, metric } } },
    deletion_protection: 'disabled',
    tags,
    read_capacity: { mode: 'OnDemand', status: { state: 'Ready' } },
  };
}
