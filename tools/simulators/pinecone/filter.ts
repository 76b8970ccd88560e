import type { MetadataValue, StoredRecord } from './state.ts';

type Condition = Readonly<Record<string, unknown>>;

/**
 * Evaluates the vendor's filter language; a list matches if one of its values does. @throws Error naming an unknown
 * operator
 */
export function matches(filter: Condition | undefined, { metadata }: StoredRecord): boolean {
  return Object.entries(filter ?? {}).every(([key, wanted]) => {
    if (key === '$and') return (wanted as Condition[]).every((part) => matches(part, { id: '', values: [], metadata }));
    if (key === '$or') return (wanted as Condition[]).some((part) => matches(part, { id: '', values: [], metadata }));
    const condition = typeof wanted === 'object' && wanted !== null ? (wanted as Condition) : { $eq: wanted };
    return Object.entries(condition).every(([operator, value]) => compare(operator, metadata[key], value));
  });
}

function compare(operator: string, actual: MetadataValue | undefined, value: unknown): boolean {
  if (operator === '$exists') return (actual !== undefined) === value;
  const values: readonly unknown[] = Array.isArray(actual) ? actual : [actual];
  switch (operator) {
    case '$eq':
      return values.includes(value);
    case '$ne':
      return !values.includes(value);
    case '$in':
      return values.some((own) => (value as unknown[]).includes(own));
    case '$nin':
      return !values.some((own) => (value as unknown[]).includes(own));
    case '$gt':
      return Number(actual) > Number(value);
    case '$gte':
      return Number(actual) >= Number(value);
    case '$lt':
      return Number(actual) < Number(value);
    case '$lte':
      return Number(actual) <= Number(value);
    default:
      throw new Error(`the operator ${operator} is not known`);
  }
}
