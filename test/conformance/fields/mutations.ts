/** What can be wrong with one field of an answer, and with a whole answer. */

/** The path from the answer down: names of fields, and `*` for the elements of a list. Empty for the whole answer. */
export type Path = readonly string[];

/** Stands for a missing field. */
const absent = Symbol('absent');

export interface Mutation {
  readonly name: string;
  readonly appliesTo: (value: unknown, path: Path) => boolean;
  readonly change: (value: unknown) => unknown;
  /** Whether it is also tried when only a few are. */
  readonly isBasic?: boolean;
  /** Whether it is tried on one field only, because others show nothing more. */
  readonly onlyOne?: boolean;
}

/** Names of fields with a closed set of values, to which a vendor may add at any time. */
const enumNames = /^(kind|type|object|mimeType|changeType|status|state|role|subtype|mode|filetype|\.tag)$/;

const fieldMutations: readonly Mutation[] = [
  // A list that is one element shorter is another valid listing, not a damaged one.
  { name: 'dropped', appliesTo: (_value, path) => path.at(-1) !== '*', change: () => absent, isBasic: true },
  { name: 'null', appliesTo: () => true, change: () => null },
  { name: 'another type', appliesTo: () => true, change: otherType, isBasic: true },
  { name: 'a third type', appliesTo: () => true, change: thirdType, onlyOne: true },
  { name: 'empty', appliesTo: isText, change: () => '' },
  { name: 'out of range', appliesTo: isMeasure, change: outOfRange, onlyOne: true },
  {
    name: 'an unknown word',
    appliesTo: (value, path) => isText(value) && enumNames.test(path.at(-1) ?? ''),
    change: () => 'something_new',
  },
];

const html =
  '<!DOCTYPE html><html><head><title>Sign in to the airport Wi-Fi</title></head><body>Welcome aboard</body></html>';

/** What a proxy, a captive portal or a broken vendor returns with status 200. */
export const wholeAnswers: Readonly<Record<string, unknown>> = {
  html,
  'an empty object': {},
  'an empty list': [],
  'an empty body': undefined,
  null: null,
  'another kind of object': { object: 'teapot', id: '1', name: 'Short and stout', items: [], ok: true },
};

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

/** Excludes tokens and ids, because another token or id refers to another place and is not damage. */
function isMeasure(value: unknown, path: Path): boolean {
  if (/(token|cursor|id|link)$/i.test(path.at(-1) ?? '')) return false;
  return typeof value === 'number' || (typeof value === 'string' && (/^\d+$/.test(value) || isTime(value)));
}

function isTime(value: string): boolean {
  return /^\d{4}-\d\d-\d\dT/.test(value);
}

function outOfRange(value: unknown): unknown {
  if (typeof value === 'number') return -1e300;
  return typeof value === 'string' && isTime(value) ? '+020000-01-01T00:00:00Z' : '9'.repeat(400);
}

function otherType(value: unknown): unknown {
  if (typeof value === 'string') return 4711;
  if (typeof value === 'number' || typeof value === 'boolean') return 'text';
  return Array.isArray(value) ? {} : 'text';
}

function thirdType(value: unknown): unknown {
  if (typeof value === 'string' || typeof value === 'number') return { unexpected: true };
  return typeof value === 'boolean' ? 4711 : Array.isArray(value) ? 'text' : [];
}

/** Fields nested deeper than this are tried once and in one place only. */
const deep = 3;

/** The damage that is tried on a field, in one place and in all. */
export function mutationsOf(
  path: Path,
  sample: unknown,
): { readonly mutation: Mutation; readonly which: 'one' | 'all' }[] {
  const isDeep = path.filter((name) => name !== '*').length > deep;
  const mutations = fieldMutations.filter(({ appliesTo }) => appliesTo(sample, path));
  if (isDeep) return mutations.filter(({ isBasic }) => isBasic).map((mutation) => ({ mutation, which: 'one' }));
  return mutations.flatMap((mutation) =>
    (mutation.onlyOne === true ? (['one'] as const) : (['one', 'all'] as const)).map((which) => ({ mutation, which })),
  );
}

/**
 * Selects a few, so that many fields together try everything: dropped and null, one in one place and the other in all,
 * and one of the rest.
 * @param turn counts the fields
 */
export function inTurn(all: ReturnType<typeof mutationsOf>, turn: number): ReturnType<typeof mutationsOf> {
  const places = turn % 2 === 0 ? (['one', 'all'] as const) : (['all', 'one'] as const);
  const missing = ['dropped', 'null'].flatMap((name, at) =>
    all.filter(({ mutation, which }) => mutation.name === name && which === places[at]),
  );
  const rest = all.filter(({ mutation }) => mutation.name !== 'dropped' && mutation.name !== 'null');
  const one = rest[turn % rest.length];
  return one === undefined ? missing : [...missing, one];
}

/** Every field of an answer with an example value, treating the elements of a list as one. */
export function fieldsOf(answer: unknown): Map<string, { readonly path: Path; readonly sample: unknown }> {
  const fields = new Map<string, { readonly path: Path; readonly sample: unknown }>();
  collect(answer, [], fields);
  return fields;
}

function collect(value: unknown, path: Path, fields: Map<string, { path: Path; sample: unknown }>): void {
  const key = nameOf(path);
  if (path.length > 0 && (fields.get(key)?.sample ?? null) === null) fields.set(key, { path, sample: value });
  if (Array.isArray(value)) for (const element of value) collect(element, [...path, '*'], fields);
  else if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value)) collect(inner, [...path, name], fields);
}

/** Formats a path, such as `files[].id`. */
export function nameOf(path: Path): string {
  return path.map((name, at) => (name === '*' ? '[]' : at === 0 ? name : `.${name}`)).join('');
}

/** Changes the field in place, the first occurrence or all. @returns whether there was one */
export function mutate(answer: unknown, path: Path, { change, appliesTo }: Mutation, which: 'one' | 'all'): boolean {
  let changed = false;
  visit(answer, path, (holder, name) => {
    if ((changed && which === 'one') || !appliesTo(holder[name], path)) return;
    const value = change(holder[name]);
    if (value === absent) Reflect.deleteProperty(holder, name);
    else Reflect.set(holder, name, value);
    changed = true;
  });
  return changed;
}

/** A way to damage an answer, with its name. */
interface Damage {
  readonly what: string;
  readonly rewrite: (answer: unknown) => unknown;
}

/** Returns every damage to an answer: each whole answer in its place, then each mutation of each of its fields. */
export function damagesOf(sample: unknown): readonly Damage[] {
  const whole = Object.entries(wholeAnswers).map(([what, answer]) => ({ what, rewrite: () => answer }));
  const mutated = [...fieldsOf(sample).values()].flatMap(({ path, sample: value }) =>
    mutationsOf(path, value).map(({ mutation, which }) => ({
      what: `${nameOf(path)}: ${mutation.name} (${which})`,
      rewrite: (answer: unknown) => {
        mutate(answer, path, mutation, which);
        return answer;
      },
    })),
  );
  return [...whole, ...mutated];
}

function visit(value: unknown, path: Path, found: (holder: Record<string, unknown>, name: string) => void): void {
  const [name, ...rest] = path;
  if (typeof value !== 'object' || value === null || name === undefined) return;
  const holder = value as Record<string, unknown>;
  const names = name === '*' ? (Array.isArray(value) ? Object.keys(value) : []) : name in holder ? [name] : [];
  for (const each of names) {
    if (rest.length === 0) found(holder, each);
    else visit(holder[each], rest, found);
  }
}
