import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { sourceDefinitions } from './registry.ts';

interface Field {
  readonly type?: string;
  readonly description?: string;
  readonly shownIf?: string;
}

function fieldsOf(config: z.ZodObject): [string, Field][] {
  const { properties } = z.toJSONSchema(config, { io: 'input', unrepresentable: 'any' });
  return Object.entries((properties ?? {}) as Record<string, Field>);
}

test.each(sourceDefinitions.map(({ type, config }) => [type, config] as const))(
  'each field of %s is explained, and one that depends on another names a switch',
  (_type, config) => {
    const fields = fieldsOf(config);
    const switches = fields.filter(([, { type }]) => type === 'boolean').map(([name]) => name);
    for (const [, { description, shownIf }] of fields) {
      expect(description).toMatch(/\.$/);
      expect([undefined, ...switches]).toContain(shownIf);
    }
  },
);
