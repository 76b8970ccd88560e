/** Compiles the regular expressions of new transformations before they are accepted. */

import { patternsOf } from '../content/transformations/configs.ts';
import type { TransformationType } from '../domain/transformations.ts';
import type { ApiDependencies } from './dependencies.ts';
import { invalidFields } from './problem.ts';

export interface PatternedRule {
  /** The path of its config in the request. */
  readonly path: readonly (string | number)[];
  readonly type: TransformationType;
  /** As read by the schema of its type. */
  readonly config: object;
  /** The config that is stored now. Its patterns stay valid, whatever the limits are today. */
  readonly stored?: object;
}

/**
 * Checks the patterns that are not stored yet. A reader compiles them within a time limit, so that no pattern delays
 * the requests of others. @throws Problem 400 with each invalid field
 */
export async function requireNewPatterns(
  deps: Pick<ApiDependencies, 'checkPatterns'>,
  { userId, signal }: { readonly userId: string; readonly signal: AbortSignal },
  rules: readonly PatternedRule[],
): Promise<void> {
  const patterns = rules.flatMap(({ path, type, config, stored }) => {
    const known = new Set(stored === undefined ? [] : patternsOf(type, stored).map(({ text }) => text));
    return patternsOf(type, config)
      .filter(({ text }) => !known.has(text))
      .map((pattern) => ({ ...pattern, path: [...path, ...pattern.path] }));
  });
  if (patterns.length === 0) return;
  const problems = await deps.checkPatterns(patterns, signal, userId);
  const errors = patterns.flatMap(({ path }, i) => {
    const message = problems[i];
    return message === null || message === undefined ? [] : [{ field: path.join('.'), message }];
  });
  if (errors.length > 0) throw invalidFields(errors);
}
