import type { SimRequest, SimResponse } from '../kit/server.ts';
import { dataProblem, invalidArgument } from './errors.ts';
import { matches } from './filter.ts';
import type { MetadataValue, SimulatedIndex, StoredRecord } from './state.ts';

export interface DataSwitches {
  /** Delay before a write can be read, in milliseconds. */
  visibleAfterMs: number;
  sequenceNumbers: boolean;
}

/** The vendor's limits for one request. */
const max = { records: 1000, bytes: 2 * 1024 * 1024, ids: 1000, topK: 10_000, metadataBytes: 40 * 1024, page: 100 };
const usage = { readUnits: 1 };

interface Body {
  readonly namespace?: string;
  readonly vectors?: readonly Partial<StoredRecord>[];
  readonly ids?: readonly string[];
  readonly deleteAll?: boolean;
  readonly filter?: Readonly<Record<string, unknown>>;
  readonly vector?: readonly number[];
  readonly topK?: number;
  readonly includeValues?: boolean;
  readonly includeMetadata?: boolean;
  readonly id?: string;
  readonly setMetadata?: StoredRecord['metadata'];
}

/** The calls of one index's own host. */
export function answerData(
  index: SimulatedIndex,
  switches: DataSwitches,
  path: string,
  request: SimRequest,
): SimResponse {
  const body = request.body.length === 0 ? {} : (JSON.parse(request.body.toString()) as Body);
  switch (`${request.method} ${path.replace(/^\/namespaces\/.+/, '/namespaces/*')}`) {
    case 'POST /vectors/upsert':
      return upsert(index, switches, body, request);
    case 'POST /vectors/update':
      return update(index, switches, body, request);
    case 'POST /vectors/delete':
      return remove(index, switches, body, request);
    case 'GET /vectors/fetch':
      return fetchRecords(index, switches, request);
    case 'GET /vectors/list':
      return list(index, request);
    case 'POST /query':
      return query(index, switches, body);
    case 'POST /describe_index_stats':
      return { status: 200, body: statsOf(index) };
    case 'GET /namespaces':
      return { status: 200, body: namespacesOf(index) };
    case 'GET /namespaces/*':
    case 'DELETE /namespaces/*':
      return answerNamespace(index, switches, path, request);
    default:
      return { status: 404, body: { code: 5, message: 'Not Found', details: [] } };
  }
}

function upsert(index: SimulatedIndex, switches: DataSwitches, body: Body, request: SimRequest): SimResponse {
  const vectors = body.vectors ?? [];
  const refusal = refusalOf(index, vectors, request.body.length);
  if (refusal !== null) return invalidArgument(refusal);
  const written = vectors.map(({ id = '', values = [], metadata = {} }) => ({ id, values, metadata }));
  return write(index, switches, body.namespace, request, { upsertedCount: written.length }, (records) => {
    for (const record of written) records.set(record.id, record);
  });
}

function refusalOf(index: SimulatedIndex, vectors: readonly Partial<StoredRecord>[], bytes: number): string | null {
  if (vectors.length === 0) return 'Vectors must not be empty';
  if (vectors.length > max.records) return `Vector count ${vectors.length} exceeds the limit of ${max.records}`;
  if (bytes > max.bytes)
    return `Error, message length too large: found ${bytes} bytes, the limit is: ${max.bytes} bytes`;
  for (const { id = '', values = [], metadata = {} } of vectors) {
    if (id.length === 0 || id.length > 512) return 'Vector ID must have 1 to 512 characters';
    if (values.length !== index.dimension)
      return `Vector dimension ${values.length} does not match the dimension of the index ${index.dimension}`;
    if (!values.some((value) => value !== 0)) return 'Dense vectors must contain at least one non-zero value.';
    const wrong = Object.entries(metadata).find(([key, value]) => key.startsWith('$') || !isMetadata(value));
    if (wrong !== undefined)
      return `Metadata value must be a string, number, boolean or list of strings, got '${JSON.stringify(wrong[1])}' for field '${wrong[0]}'`;
    if (Buffer.byteLength(JSON.stringify(metadata)) > max.metadataBytes)
      return `Metadata size exceeds the limit of ${max.metadataBytes} bytes per vector`;
  }
  return null;
}

function isMetadata(value: MetadataValue | null): boolean {
  if (Array.isArray(value)) return value.every((part) => typeof part === 'string');
  return ['string', 'number', 'boolean'].includes(typeof value);
}

/** A missing record is not created, and no error is returned. */
function update(index: SimulatedIndex, switches: DataSwitches, body: Body, request: SimRequest): SimResponse {
  return write(index, switches, body.namespace, request, {}, (records) => {
    const record = records.get(body.id ?? '');
    if (record !== undefined)
      records.set(record.id, { ...record, metadata: { ...record.metadata, ...body.setMetadata } });
  });
}

function remove(index: SimulatedIndex, switches: DataSwitches, body: Body, request: SimRequest): SimResponse {
  const asked = [body.ids, body.filter, body.deleteAll].filter((part) => part !== undefined);
  if (asked.length !== 1) return invalidArgument('Exactly one of ids, filter and delete_all must be given');
  if ((body.ids?.length ?? 1) > max.ids) return invalidArgument(`Number of IDs exceeds the limit of ${max.ids}`);
  if (index.namespace(body.namespace ?? '') === undefined) return dataProblem(404, 5, 'Namespace not found');
  return write(index, switches, body.namespace, request, {}, (records) => {
    for (const record of records.values()) {
      if (body.ids === undefined ? matches(body.filter, record) : body.ids.includes(record.id))
        records.delete(record.id);
    }
  });
}

function write(
  index: SimulatedIndex,
  switches: DataSwitches,
  name: string | undefined,
  request: SimRequest,
  body: object,
  apply: (records: Map<string, StoredRecord>) => void,
): SimResponse {
  const sequence = ++index.sequence;
  if (!request.willFail) index.openNamespace(name ?? '').write(sequence, switches.visibleAfterMs, apply);
  const headers = switches.sequenceNumbers ? { 'x-pinecone-request-lsn': String(sequence) } : {};
  return { status: 200, headers, body };
}

function fetchRecords(index: SimulatedIndex, switches: DataSwitches, request: SimRequest): SimResponse {
  const ids = request.params.getAll('ids');
  if (ids.length === 0 || ids.length > max.ids) return invalidArgument(`1 to ${max.ids} ids are allowed`);
  const name = request.query['namespace'] ?? '';
  const namespace = index.namespace(name);
  // A write may become readable at any moment, and the number that is told first never promises more than is shown.
  const headers = readHeaders(index, switches, name);
  const found = ids.flatMap((id) => namespace?.get(id) ?? []);
  const vectors = Object.fromEntries(found.map((record) => [record.id, record]));
  return { status: 200, headers, body: { vectors, namespace: name, usage } };
}

function readHeaders(index: SimulatedIndex, switches: DataSwitches, name: string): Record<string, string> {
  const indexed = index.namespace(name)?.indexed;
  return switches.sequenceNumbers && indexed !== undefined ? { 'x-pinecone-max-indexed-lsn': String(indexed) } : {};
}

/** In the order of the ids; a token names the last one shown. */
function list(index: SimulatedIndex, request: SimRequest): SimResponse {
  const { namespace: name = '', prefix = '', limit = String(max.page), paginationToken } = request.query;
  if (Number(limit) < 1 || Number(limit) > max.page) return invalidArgument(`limit must be between 1 and ${max.page}`);
  const after = paginationToken === undefined ? '' : Buffer.from(paginationToken, 'base64url').toString();
  const all = (index.namespace(name)?.records() ?? []).filter(({ id }) => id.startsWith(prefix) && id > after);
  const page = all.slice(0, Number(limit));
  const last = page.at(-1);
  const pagination =
    last === undefined || page.length === all.length
      ? {}
      : { pagination: { next: Buffer.from(last.id).toString('base64url') } };
  return { status: 200, body: { vectors: page.map(({ id }) => ({ id })), ...pagination, namespace: name, usage } };
}

function query(index: SimulatedIndex, switches: DataSwitches, body: Body): SimResponse {
  const { vector = [], topK = 0, namespace: name = '' } = body;
  if (topK < 1 || topK > max.topK) return invalidArgument(`top_k must be between 1 and ${max.topK}`);
  if (vector.length !== index.dimension)
    return invalidArgument(
      `Vector dimension ${vector.length} does not match the dimension of the index ${index.dimension}`,
    );
  const headers = readHeaders(index, switches, name);
  const found = (index.namespace(name)?.records() ?? []).filter((record) => matches(body.filter, record));
  const scored = found
    .map((record) => ({ record, score: cosine(vector, record.values) }))
    .toSorted((a, b) => b.score - a.score)
    .slice(0, topK);
  const answer = scored.map(({ record, score }) => ({
    id: record.id,
    score,
    values: body.includeValues === true ? record.values : [],
    ...(body.includeMetadata === true ? { metadata: record.metadata } : {}),
  }));
  return { status: 200, headers, body: { results: [], matches: answer, namespace: name, usage } };
}

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
  return dot / (Math.hypot(...a) * Math.hypot(...b) || 1);
}

function statsOf(index: SimulatedIndex): object {
  const counts = countsOf(index);
  return {
    namespaces: Object.fromEntries(counts.map(({ name, count }) => [name, { vectorCount: count }])),
    dimension: index.dimension,
    indexFullness: 0,
    totalVectorCount: counts.reduce((sum, { count }) => sum + count, 0),
  };
}

function namespacesOf(index: SimulatedIndex): object {
  const counts = countsOf(index);
  return {
    namespaces: counts.map(({ name, count }) => ({ name, record_count: count })),
    total_count: counts.length,
  };
}

function countsOf(index: SimulatedIndex) {
  return [...index.namespaces.keys()].flatMap((name) => {
    const namespace = index.namespace(name);
    return namespace === undefined ? [] : [{ name, count: namespace.records().length }];
  });
}

function answerNamespace(
  index: SimulatedIndex,
  switches: DataSwitches,
  path: string,
  request: SimRequest,
): SimResponse {
  const name = decodeURIComponent(path.split('/')[2] ?? '');
  const found = index.namespace(name);
  if (found === undefined) return dataProblem(404, 5, 'Namespace not found');
  if (request.method !== 'DELETE') return { status: 200, body: { name, record_count: found.records().length } };
  return write(index, switches, name, request, {}, (records) => records.clear());
}
