/** Messages for invalid fields that say how to correct them. */

import type { z } from 'zod';

/** For `z.config`: a schema's own message takes precedence. */
export function validationMessages(issue: z.core.$ZodRawIssue): string | undefined {
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
    case 'invalid_union':
      return unknownVariant(issue);
    // zod's messages for these are clear enough, or only the schema can give one.
    case 'custom':
    case 'invalid_element':
    case 'invalid_format':
    case 'invalid_key':
    case 'not_multiple_of':
      return undefined;
  }
}

/** The field by which a union chooses its schema has none of the known values. */
function unknownVariant(issue: z.core.$ZodRawIssue & { readonly code: 'invalid_union' }): string | undefined {
  if (!('options' in issue) || !Array.isArray(issue.options) || issue.discriminator === undefined) return undefined;
  const { discriminator, input } = issue;
  const known: readonly unknown[] = issue.options;
  const isMissing = typeof input === 'object' && input !== null && !(discriminator in input);
  return isMissing ? 'is missing' : `must be one of ${known.map(String).join(', ')}`;
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
  // This is the bound of all safe integers. The field's own bound is much lower, and is reported once the value is an
  // integer.
  return Math.abs(Number(limit)) === Number.MAX_SAFE_INTEGER
    ? `is too ${which === 'least' ? 'small' : 'large'}`
    : `must be at ${which} ${limit}`;
}
