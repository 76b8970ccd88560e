/**
 * Parses vendors' answers with schemas of the fields we need. The answer as a whole is parsed strictly: a captive
 * portal's HTML, `{}`, `[]`, an empty body or another kind of object with status 200 is an error, never an empty
 * listing (P13). Single items are parsed leniently: a field that is absent, null or of another type counts as missing.
 */

import { z } from 'zod';
import { type ErrorScope, SyncError } from '../../domain/errors.ts';

/** @throws SyncError `unavailable` with the code `unexpected_answer` if the answer does not match the schema */
export function readAnswer<Schema extends z.ZodType>(
  schema: Schema,
  answer: unknown,
  about: { readonly vendor: string; readonly call: string },
): z.output<Schema> {
  const [read] = readable(schema, answer);
  if (read === undefined || reportsAnError(answer)) throw unexpectedAnswer(about, shapeOf(answer));
  return read.data;
}

/**
 * An answer with an `error` beside an empty list is a failure, whatever its status; no vendor sends both on success.
 */
function reportsAnError(answer: unknown): boolean {
  return (
    typeof answer === 'object' &&
    answer !== null &&
    'error' in answer &&
    typeof answer.error === 'object' &&
    answer.error !== null
  );
}

/** @param found describes what came instead, without any of its content (P7) */
export function unexpectedAnswer(about: { readonly vendor: string; readonly call: string }, found: string): SyncError {
  return new SyncError('unavailable', {
    code: 'unexpected_answer',
    message: `${about.vendor} gave an answer that Headwater cannot read, so nothing was changed. The request is retried automatically. If this persists, check for a proxy or a sign-in page between this machine and ${about.vendor}.`,
    operatorMessage: `${about.vendor} ${about.call}: unexpected answer (${found})`,
  });
}

/**
 * Whether an answer with this status removes something, requires a person to act or ends a job, so that it is believed
 * only in the vendor's own form: the page of a proxy or a firewall proves nothing.
 */
export function needsOwnForm(status: number): boolean {
  return (status >= 400 && status < 500 && status !== 408 && status !== 429) || status === 501;
}

/** An id that came in an answer has half a character in it, so no address can contain it. */
export function idNotRequestable(vendor: string, scope: ErrorScope): SyncError {
  return new SyncError('invalid_input', {
    code: 'id_not_storable',
    message: `${vendor} returned an id with characters that no request can contain, so nothing can be read with it.`,
    scope,
  });
}

/** Describes a value by its kind and field names: names come from the vendor, but values may be the user's. */
function shapeOf(answer: unknown): string {
  if (answer === null || answer === undefined) return String(answer);
  if (Array.isArray(answer)) return `array of ${answer.length}`;
  if (typeof answer === 'string') return answer.trimStart().startsWith('<') ? 'markup' : `text of ${answer.length}`;
  if (typeof answer !== 'object') return typeof answer;
  return `object with ${Object.keys(answer).slice(0, 8).join(', ').slice(0, 200) || 'nothing'}`;
}

/**
 * Whether a vendor's text is a code, or the name of a parameter. Only these are repeated in errors: a sentence may quote
 * what people call their files.
 */
export function isCode(text: string): boolean {
  return /^[\w.-]{1,64}$/.test(text);
}

/** Fields that are read if they have the expected type, and are undefined otherwise. */
export const lenient = {
  text: z.string().optional().catch(undefined),
  number: z.number().optional().catch(undefined),
  boolean: z.boolean().optional().catch(undefined),
  /** Text; a number or a boolean is converted to text. */
  anyText: z.union([z.string(), z.number(), z.boolean()]).transform(String).optional().catch(undefined),
  /** An object whose own fields are lenient. */
  object: <Shape extends z.ZodRawShape>(shape: Shape) => z.looseObject(shape).optional().catch(undefined),
  /**
   * A list: elements that do not match `element` are dropped, and anything that is not a list counts as an empty one.
   */
  list: <Element extends z.ZodType>(element: Element) =>
    z
      .array(z.unknown())
      .catch([])
      .transform((values) => values.flatMap((value) => readable(element, value).map(({ data }) => data))),
} as const;

/** Elements of a required list: those that could be read, and the number of those that could not. */
export function readableOf<Element extends z.ZodType>(element: Element) {
  return z.array(z.unknown()).transform((values) => {
    const read = values.flatMap((value) => readable(element, value).map(({ data }) => data));
    return { read, unread: values.length - read.length };
  });
}

/**
 * Empty for a value of another shape, and for one nested too deeply for the stack: such a value must not affect its
 * neighbors.
 */
function readable<Schema extends z.ZodType>(schema: Schema, value: unknown): { readonly data: z.output<Schema> }[] {
  try {
    const { success, data } = schema.safeParse(value);
    return success ? [{ data }] : [];
  } catch (error) {
    if (!Error.isError(error) || error.name !== 'RangeError') throw error;
    return [];
  }
}
