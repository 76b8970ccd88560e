import type { FastifyInstance } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { type FieldError, invalidField } from '../problem.ts';

const maxDepth = 64;

/**
 * Rejects values that Postgres cannot store (the null character, lone surrogates) and excessive nesting. The error
 * names the field.
 */
export const storableTextPlugin = fastifyPlugin(
  (app: FastifyInstance, _options, done) => {
    app.addHook('preValidation', ({ params, query, body }, _reply, next) => {
      const found = findUnstorable(params, []) ?? findUnstorable(query, []) ?? findUnstorable(body, []);
      next(found === null ? undefined : invalidField(found.field, found.message));
    });
    done();
  },
  { name: 'storable-text', dependencies: ['errors'] },
);

function findUnstorable(value: unknown, path: readonly string[]): FieldError | null {
  const field = path.slice(0, 5).join('.') || 'body';
  if (typeof value === 'string') return unstorable(value, field);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return null;
  if (path.length > maxDepth) return { field, message: `must not be nested deeper than ${maxDepth} levels` };
  for (const [key, inner] of Object.entries(value)) {
    const found = unstorable(key, field) ?? findUnstorable(inner, [...path, key]);
    if (found !== null) return found;
  }
  return null;
}

function unstorable(text: string, field: string): FieldError | null {
  if (text.includes('\0')) return { field, message: 'must not contain the null character (U+0000)' };
  return text.isWellFormed() ? null : { field, message: 'must not contain a lone surrogate (half of a character)' };
}
