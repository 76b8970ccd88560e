/** What may be asked of each type of transformation: strict, bounded, and with the defaults filled in. */

import { RE2JS } from 're2js';
import { z } from 'zod';
import type { TransformationType } from '../../domain/transformations.ts';
import { globProblem } from './path-globs.ts';
import { placeholderProblem } from './placeholders.ts';

const maxPattern = 500;
const maxProgram = 5000;

/** RE2 syntax: no back-references, no look-arounds, and in return linear time whatever the text. */
const pattern = z
  .string()
  .min(1, 'must not be empty')
  .max(maxPattern, `must have at most ${maxPattern} characters`)
  .superRefine((text, context) => {
    const problem = patternProblem(text);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  })
  .describe('a regular expression in RE2 syntax');

const path = z
  .string()
  .max(500, 'must have at most 500 characters')
  .superRefine((glob, context) => {
    const problem = globProblem(glob);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  })
  .describe('* part of a name, ? one character, ** any folders, {a,b} either; without them a folder or file');

const bytes = z.int().min(0).max(1_000_000_000_000);
const days = z.int().min(1).max(36_500);

const normalise = z
  .strictObject({
    invisibleCharacters: z.boolean().default(true).describe('drop zero-width characters and soft hyphens'),
    spaces: z.boolean().default(true).describe('one blank for many, also for the unbreakable kind'),
    compatibilityForms: z.boolean().default(false).describe('ligatures, full-width letters and the like as plain ones'),
    plainQuotes: z.boolean().default(false),
    hyphenation: z.boolean().default(false).describe('join words that were cut at the end of a line'),
  })
  .describe('cleans characters');

const stripBoilerplate = z
  .strictObject({
    mailQuotes: z.boolean().default(true).describe('earlier mails below the answer; a forwarded mail stays'),
    signatures: z.boolean().default(true),
    navigation: z.boolean().default(true).describe('three lines and more in a row that hold nothing but links'),
  })
  .describe('takes away what is not what the author says');

const redact = z
  .strictObject({
    emails: z.boolean().default(false),
    phones: z.boolean().default(false),
    phoneCountry: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be two capital letters such as DE')
      .optional()
      .describe('whose national numbers are meant; without it only numbers with +'),
    cards: z.boolean().default(false).describe('card numbers whose check digit is right'),
    ibans: z.boolean().default(false).describe('account numbers whose check digits are right'),
    patterns: z
      .array(
        z.strictObject({
          pattern,
          label: z.string().regex(/^[a-z0-9_ -]{1,30}$/i, 'letters, digits, blanks, at most 30'),
        }),
      )
      .max(20, 'at most 20')
      .default([]),
  })
  .refine((c) => c.emails || c.phones || c.cards || c.ibans || c.patterns.length > 0, {
    path: ['emails'],
    message: 'choose at least one of emails, phones, cards, ibans, patterns',
  })
  .describe('puts [email], [phone], [card], [iban] or [label] where it stood; what stood there is kept nowhere');

const filter = z
  .strictObject({
    action: z.enum(['include', 'exclude']).describe('include: leave out all else'),
    paths: z.array(path).min(1).max(50).optional(),
    mimeTypes: z
      .array(z.string().regex(/^[\w.+-]+\/([\w.+-]+|\*)$/, 'must be like application/pdf or text/*'))
      .min(1)
      .max(50)
      .optional(),
    minBytes: bytes.optional(),
    maxBytes: bytes.optional(),
    olderThanDays: days.optional().describe('by the time it was modified, judged when the item is processed'),
    newerThanDays: days.optional(),
    languages: z
      .array(z.string().regex(/^[a-z]{2}$/, 'must be an ISO 639-1 code such as de'))
      .min(1)
      .max(20)
      .optional(),
    pattern: pattern.optional().describe('somewhere in the text'),
  })
  .refine((c) => Object.values(c).filter((value) => value !== undefined).length > 1, {
    path: ['paths'],
    message:
      'choose at least one of paths, mimeTypes, minBytes, maxBytes, olderThanDays, newerThanDays, languages, pattern',
  })
  .describe('an item meets a filter that it meets in every point; of a list one entry is enough');

const extractFields = z
  .strictObject({
    patterns: z
      .array(
        pattern.refine((text) => patternProblem(text) !== null || Object.keys(groupsOf(text)).length > 0, {
          message: 'must name what it finds: (?P<invoice>\\d+)',
        }),
      )
      .max(20, 'at most 20')
      .default([])
      .describe('named groups of the first match become metadata'),
    frontMatter: z.boolean().default(false).describe('name: value lines between --- at the very beginning'),
    removeFrontMatter: z.boolean().default(true).describe('take them out of the text'),
  })
  .refine((c) => c.frontMatter || c.patterns.length > 0, {
    path: ['patterns'],
    message: 'choose patterns, frontMatter or both',
  })
  .describe('adds to metadata; a name that is taken is left alone');

const truncate = z
  .strictObject({ maxCharacters: z.int().min(100).max(5_000_000) })
  .describe('keeps the beginning, up to the last whole word');

const prefix = z
  .strictObject({
    template: z
      .string()
      .trim()
      .min(1, 'must not be empty')
      .max(1000, 'must have at most 1,000 characters')
      .superRefine((template, context) => {
        const problem = placeholderProblem(template);
        if (problem !== null) context.addIssue({ code: 'custom', message: problem });
      })
      .describe('with {title}, {name}, {path}, {folder}, {source}, {type}, {modified} and {metadata.NAME}'),
  })
  .describe('a paragraph in front of the text');

const chunking = z
  .strictObject({
    tokens: z
      .int()
      .min(100)
      .max(1500)
      .default(400)
      .describe('about so many a chunk; a chunk has at most 1.6 times as many'),
    overlapTokens: z
      .int()
      .min(0)
      .max(200)
      .default(50)
      .describe('about so many of the part before are embedded with a chunk'),
  })
  .refine((c) => c.overlapTokens * 2 <= c.tokens, {
    path: ['overlapTokens'],
    message: 'must be at most half of tokens',
  })
  .describe('how the text is cut; of several the last counts');

/** One entry a type: a new type without a schema does not compile. */
export const configSchemas = {
  normalise,
  strip_boilerplate: stripBoilerplate,
  redact,
  filter,
  extract_fields: extractFields,
  truncate,
  prefix,
  chunking,
} as const satisfies Record<TransformationType, z.ZodType>;

export type ConfigOf<Type extends TransformationType> = z.infer<(typeof configSchemas)[Type]>;

function patternProblem(text: string): string | null {
  try {
    const size = RE2JS.compile(text).programSize();
    return size > maxProgram ? 'is too large; use smaller repeat counts' : null;
  } catch (error) {
    const why = Error.isError(error) ? error.message.replace('error parsing regexp: ', '') : 'not valid';
    return `is no regular expression in RE2 syntax: ${why}`;
  }
}

function groupsOf(text: string): Readonly<Record<string, number>> {
  return RE2JS.compile(text).namedGroups();
}
