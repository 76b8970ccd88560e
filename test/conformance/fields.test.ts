/**
 * Damages each field of each answer in turn, a few kinds of damage for each field, and checks what must never happen.
 * See `fields.ts`. `npm run conformance:fields` tries all.
 */

import { expect, test } from '@jest/globals';
import { tryFields } from './fields.ts';
import { fieldSubjects } from './fields/subjects.ts';

for (const kind of fieldSubjects) {
  test(`${kind.name}: a damaged field or answer removes nothing, stops nothing and affects at most one item or its container`, async () => {
    const results = await tryFields(kind, 'in turn');
    const failed = results.filter(({ failures }) => failures.length > 0);
    const lines = failed.map(
      ({ call, field, what, which, failures }) => `${call} ${field}: ${what} (${which}): ${failures[0]}`,
    );
    expect(lines.slice(0, 40)).toEqual([]);
  }, 600_000);
}
