/** What is wrong with a field, in words that say how to put it right. */

import type { z } from 'zod';

/** For `z.config`: a schema's own words win. */
export function refusalWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${nouns[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return issue.values.length === 1
        ? `must be ${JSON.stringify(issue.values[0])}`
        : `must be one of ${issue.values.map(String).join(', ')}`;
    case 'unrecognized_keys':
      return `has no field ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`;
    case 'too_small':
      return bound('least', issue.origin, issue.minimum);
    case 'too_big':
      return bound('most', issue.origin, issue.maximum);
    // These say it well enough themselves, or only the schema can.
    case 'custom':
    case 'invalid_element':
    case 'invalid_format':
    case 'invalid_key':
    case 'invalid_union':
    case 'not_multiple_of':
      return undefined;
  }
}

const nouns: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

function bound(which: 'least' | 'most', origin: string, limit: number | bigint): string {
  if (origin === 'string' && which === 'least' && limit === 1) return 'must not be empty';
  if (origin === 'array' && which === 'least' && limit === 1) return 'must not be empty';
  if (origin === 'string') return `must have at ${which} ${limit} characters`;
  if (origin === 'array') return `must have at ${which} ${limit} entries`;
  // The bound of whole numbers themselves: the field's own is much nearer, and is told once the number is one.
  return Math.abs(Number(limit)) === Number.MAX_SAFE_INTEGER
    ? `is too ${which === 'least' ? 'small' : 'large'}`
    : `must be at ${which} ${limit}`;
}
