/** Requests generated from the API's own description, each with one unexpected value. */

import type { Method } from './api.ts';

export interface NastyRequest {
  readonly method: Method;
  readonly path: string;
  readonly body?: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** The parts of an OpenAPI document that describe a request. */
interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}
interface Operation {
  readonly parameters?: readonly {
    readonly in: 'path' | 'query' | 'header';
    readonly name: string;
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

const nastyTexts = [
  '',
  'x'.repeat(5000),
  "ключ 🦭'; --",
  '../../etc/passwd%00',
  '\u0000',
  '\ud800',
  '{{',
  '-99999999999999999999',
];
const nastyTimes = ['2026-01-01T00:00:00+23:59', '9999-12-31T23:59:59-23:59', '0001-01-01T00:00:00+23:59', 'soon'];
const cursorOf = (position: unknown): string => Buffer.from(JSON.stringify(position)).toString('base64url');
const nastyCursors = [
  'W10',
  cursorOf(['9999-99-99T00:00:00Z', '00000000-0000-0000-0000-000000000000']),
  cursorOf(['2026-02-30T25:61:61.9999999999Z', '00000000-0000-0000-0000-000000000000']),
  cursorOf(['2026-02-28T23:59:59.9999999999Z', '00000000-0000-0000-0000-000000000000']),
  Buffer.from('\u{10ffff}').toString('base64url'),
];
const nastyNumbers = [-1, 0, 0.5, 2 ** 31, 2 ** 53, 1e308];
const nastyHeaders = ['', 'ключ', 'x'.repeat(300), '\u0000', 'é'];
const headerNames = ['idempotency-key', 'x-admin-token', 'accept', 'mcp-protocol-version', 'cookie', 'authorization'];
/** Routes whose code looks at headers. */
const headerRoutes = [
  'GET /api/session',
  'POST /api/session',
  'POST /api/data-sources/sync',
  'POST /mcp',
  'GET /metrics',
];

/** @param id of an existing object, so that a request gets past "not found" */
export function nastyRequests(paths: Paths, id: string): NastyRequest[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) =>
      requestsOf(method.toUpperCase() as Method, path, operation, id),
    ),
  );
}

function requestsOf(method: Method, path: string, operation: Operation, id: string): NastyRequest[] {
  const parameters = operation.parameters ?? [];
  const schema = operation.requestBody?.content['application/json']?.schema;
  const needed = parameters.filter((each) => each.in === 'path' || each.required === true);
  const good = Object.fromEntries(needed.map((each) => [each.name, sample(each.schema, id)]));
  const body = schema === undefined ? undefined : sample(schema, id);
  const request = (values: Readonly<Record<string, unknown>>, sent: unknown, headers = {}): NastyRequest => ({
    method,
    path: addressOf(path, parameters, values),
    headers,
    ...(sent === undefined ? {} : { body: sent }),
  });
  return [
    request(good, body),
    ...parameters.flatMap(({ name }) => textsFor(name).map((text) => request({ ...good, [name]: text }, body))),
    ...(schema === undefined ? [] : mutations(schema, body, id).map((sent) => request(good, sent))),
    ...(headerRoutes.includes(`${method} ${path}`) ? headerNames : []).flatMap((name) =>
      nastyHeaders.map((text) => request(good, body, { [name]: text })),
    ),
  ];
}

function textsFor(parameter: string): readonly string[] {
  return parameter === 'cursor' ? [...nastyTexts, ...nastyCursors] : nastyTexts;
}

function addressOf(
  path: string,
  parameters: NonNullable<Operation['parameters']>,
  values: Readonly<Record<string, unknown>>,
): string {
  const query = parameters.filter((each) => each.in === 'query' && values[each.name] !== undefined);
  const filled = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => escaped(values[name]));
  const pairs = query.map(({ name }) => `${name}=${escaped(values[name])}`);
  return pairs.length === 0 ? filled : `${filled}?${pairs.join('&')}`;
}

/** A lone surrogate cannot be escaped, so it is sent as its raw bytes. */
function escaped(value: unknown): string {
  const text = String(value);
  return text.isWellFormed() ? encodeURIComponent(text) : '%ED%A0%80';
}

/** A valid value. */
function sample(schema: Schema, id: string): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const [first] = schema.anyOf ?? schema.oneOf ?? [];
  if (first !== undefined) return sample(first, id);
  if (schema.format === 'uuid') return id;
  if (schema.format === 'date-time') return '2026-01-31T00:00:00Z';
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, inner]) => [name, sample(inner, id)]),
      );
    case 'array':
      return schema.items === undefined ? [] : [sample(schema.items, id)];
    case 'integer':
    case 'number':
      return 1;
    case 'boolean':
      return false;
    case undefined:
    default:
      return 'text';
  }
}

/**
 * The sample with one value at a time replaced by another of its type or of another type, and without optional fields.
 */
function mutations(schema: Schema, value: unknown, id: string): unknown[] {
  const variants = schema.anyOf ?? schema.oneOf ?? [];
  if (variants.length > 0)
    return variants.flatMap((variant) => [sample(variant, id), ...mutations(variant, sample(variant, id), id)]);
  if (schema.items !== undefined)
    return [[], [null], ...mutations(schema.items, sample(schema.items, id), id).map((one) => [one])];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [null, {}, ...replacements(schema)];
  const required = Object.fromEntries(Object.entries(value).filter(([name]) => schema.required?.includes(name)));
  return [
    required,
    ...Object.entries(schema.properties ?? {}).flatMap(([name, inner]) =>
      mutations(inner, sample(inner, id), id).map((one) => ({ ...required, [name]: one })),
    ),
  ];
}

function replacements({ type, format, enum: values }: Schema): readonly unknown[] {
  if (values !== undefined) return values;
  if (type === 'number' || type === 'integer') return nastyNumbers;
  if (format === 'uuid') return ['00000000-0000-0000-0000-000000000000'];
  return type === 'string' ? [...nastyTexts, ...(format === 'date-time' ? nastyTimes : [])] : ['text'];
}
