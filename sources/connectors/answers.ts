/**
 * What a vendor answers is read through a schema of what we need. Strictly as an answer: HTML of a captive portal, `{}`, `[]`,
 * an empty body or another kind of object with status 200 is no answer, and never an empty listing (P13). Leniently within
 * an item: a field that is absent, null or of another type is as if it were not there.
 */

import { z } from 'zod';
import { SyncError } from '../../domain/errors.ts';

/** @throws SyncError `unavailable` with the code `unexpected_answer` when the answer does not have the schema's shape */
export function readAnswer<Schema extends z.ZodType>(
  schema: Schema,
  answer: unknown,
  about: { readonly vendor: string; readonly call: string },
): z.output<Schema> {
  const [read] = readable(schema, answer);
  if (read === undefined || reportsAnError(answer)) throw unexpectedAnswer(about, shapeOf(answer));
  return read.data;
}

/** An answer with an `error` beside an empty list tells of trouble, whatever its status; no vendor's good answer has one. */
function reportsAnError(answer: unknown): boolean {
  return (
    typeof answer === 'object' &&
    answer !== null &&
    'error' in answer &&
    typeof answer.error === 'object' &&
    answer.error !== null
  );
}

/** @param found says what came instead, without any of its content (P7) */
export function unexpectedAnswer(about: { readonly vendor: string; readonly call: string }, found: string): SyncError {
  return new SyncError('unavailable', {
    code: 'unexpected_answer',
    message: `${about.vendor} gave an answer that Headwater cannot read, so nothing was changed. It will be tried again; if it stays so, look for a proxy or a sign-in page between this machine and ${about.vendor}.`,
    operatorMessage: `${about.vendor} ${about.call}: unexpected answer (${found})`,
  });
}

/** The kind of value and the names of its fields: names are the vendor's, values may be the user's. */
function shapeOf(answer: unknown): string {
  if (answer === null || answer === undefined) return String(answer);
  if (Array.isArray(answer)) return `array of ${answer.length}`;
  if (typeof answer === 'string') return answer.trimStart().startsWith('<') ? 'markup' : `text of ${answer.length}`;
  if (typeof answer !== 'object') return typeof answer;
  return `object with ${Object.keys(answer).slice(0, 8).join(', ').slice(0, 200) || 'nothing'}`;
}

/** Fields that are read where they are what we know them as, and are undefined otherwise. */
export const lenient = {
  text: z.string().optional().catch(undefined),
  number: z.number().optional().catch(undefined),
  boolean: z.boolean().optional().catch(undefined),
  /** Text; a number or a boolean is written out. */
  anyText: z.union([z.string(), z.number(), z.boolean()]).transform(String).optional().catch(undefined),
  /** An object whose own fields are lenient. */
  object: <Shape extends z.ZodRawShape>(shape: Shape) => z.looseObject(shape).optional().catch(undefined),
  /** A list: what is not as `element` is left out of it; what is no list is an empty one. */
  list: <Element extends z.ZodType>(element: Element) =>
    z
      .array(z.unknown())
      .catch([])
      .transform((values) => values.flatMap((value) => readable(element, value).map(({ data }) => data))),
} as const;

/** Elements of a list that has to be there: those that can be read, and how many could not. */
export function readableOf<Element extends z.ZodType>(element: Element) {
  return z.array(z.unknown()).transform((values) => {
    const read = values.flatMap((value) => readable(element, value).map(({ data }) => data));
    return { read, unread: values.length - read.length };
  });
}

/** Empty for what is of another shape, and for what is nested deeper than the stack goes: one such thing is its own trouble. */
function readable<Schema extends z.ZodType>(schema: Schema, value: unknown): { readonly data: z.output<Schema> }[] {
  try {
    const { success, data } = schema.safeParse(value);
    return success ? [{ data }] : [];
  } catch (error) {
    if (!Error.isError(error) || error.name !== 'RangeError') throw error;
    return [];
  }
}
