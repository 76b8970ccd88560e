/**
 * Users' regular expressions. They are in RE2 syntax: without back-references and look-arounds, and in return with
 * linear time for any text. Compiling one can take 150 ms, so it happens in readers only, never in a program that
 * serves others.
 */

import { RE2JS } from 're2js';
import type { UserPattern } from './configs.ts';

/** Bounds the memory of a pattern, whose repeat counts multiply. */
const maxProgram = 5000;
/** Patterns that a reader keeps compiled: those of a few users with 20 in a rule. */
const keptPatterns = 200;

const compiled = new Map<string, RE2JS>();

/**
 * Compiles a pattern, or returns it from the last ones used: the same few are needed for each document.
 * @throws RE2JSException for a text that is no pattern
 */
export function compilePattern(text: string, flags = 0): RE2JS {
  const key = `${flags} ${text}`;
  const pattern = compiled.get(key) ?? RE2JS.compile(text, flags);
  compiled.delete(key);
  compiled.set(key, pattern);
  const [oldest] = compiled.keys();
  if (compiled.size > keptPatterns && oldest !== undefined) compiled.delete(oldest);
  return pattern;
}

/** Explains what is wrong with a new pattern, or returns null. A stored one is used as it is. */
export function patternProblem({ text, mustNameGroups }: UserPattern): string | null {
  try {
    const pattern = RE2JS.compile(text);
    if (pattern.programSize() > maxProgram) return 'is too large; use smaller repeat counts';
    if (!mustNameGroups || Object.keys(pattern.namedGroups()).length > 0) return null;
    return 'must name the value it finds: (?P<invoice>\\d+)';
  } catch (error) {
    const why = Error.isError(error) ? error.message.replace('error parsing regexp: ', '') : 'not valid';
    return `is not a regular expression in RE2 syntax: ${why}`;
  }
}
