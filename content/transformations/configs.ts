/**
 * The config schemas of all transformation types: strict, with limits, and with defaults filled in. They compile no
 * regular expression; `patterns.ts` does, in a reader.
 */

import { z } from 'zod';
import type { TransformationType } from '../../domain/transformations.ts';
import { globProblem } from '../../domain/path-globs.ts';
import { placeholderProblem } from './placeholders.ts';
import { defaultChunking } from '../../domain/documents.ts';

const maxPattern = 500;

const pattern = z
  .string()
  .min(1, 'must not be empty')
  .max(maxPattern, `must have at most ${maxPattern} characters`)
  .describe('a regular expression in RE2 syntax');

/** A pattern of paths, or a path. */
export const pathGlob = z
  .string()
  .max(500, 'must have at most 500 characters')
  .superRefine((glob, context) => {
    const problem = globProblem(glob);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  });
const path = pathGlob.describe(
  '* matches part of a name, ? one character, ** any folders, {a,b} either; without them, the pattern is a folder or file',
);

const bytes = z.int().min(0).max(1_000_000_000_000);
const days = z.int().min(1).max(36_500);

const normalize = z
  .strictObject({
    invisibleCharacters: z.boolean().default(true).describe('Remove zero-width characters and soft hyphens'),
    spaces: z.boolean().default(true).describe('Replace several spaces, including non-breaking ones, with one'),
    compatibilityForms: z
      .boolean()
      .default(false)
      .describe('Replace ligatures, full-width letters and similar forms with plain ones'),
    plainQuotes: z.boolean().default(false),
    hyphenation: z.boolean().default(false).describe('Join words that were split at the end of a line'),
  })
  .describe('Cleans up characters');

const stripBoilerplate = z
  .strictObject({
    mailQuotes: z
      .boolean()
      .default(true)
      .describe('Remove earlier messages below an answer; a forwarded message is kept'),
    signatures: z.boolean().default(true),
    navigation: z.boolean().default(true).describe('Remove three or more consecutive lines that contain only links'),
  })
  .describe('Removes boilerplate that is not the author’s text');

const redact = z
  .strictObject({
    emails: z.boolean().default(false),
    phones: z.boolean().default(false),
    phoneCountry: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be two capital letters such as DE')
      .optional()
      .describe('Country of national numbers; without it, only numbers with + are found'),
    cards: z.boolean().default(false).describe('Card numbers with a correct check digit'),
    ibans: z.boolean().default(false).describe('Account numbers with correct check digits'),
    patterns: z
      .array(
        z.strictObject({
          pattern,
          label: z
            .string()
            .regex(/^[a-z0-9_ -]{1,30}$/i, 'may contain letters, digits, spaces, _ and -, at most 30 characters'),
        }),
      )
      .max(20, 'at most 20')
      .default([]),
  })
  .refine((c) => c.emails || c.phones || c.cards || c.ibans || c.patterns.length > 0, {
    path: ['emails'],
    message: 'choose at least one of emails, phones, cards, ibans, patterns',
  })
  .describe(
    'Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere',
  );

const filter = z
  .strictObject({
    action: z.enum(['include', 'exclude']).describe('include: exclude everything else'),
    paths: z.array(path).min(1).max(50).optional(),
    mimeTypes: z
      .array(z.string().regex(/^[\w.+-]+\/([\w.+-]+|\*)$/, 'must be like application/pdf or text/*'))
      .min(1)
      .max(50)
      .optional(),
    minBytes: bytes.optional(),
    maxBytes: bytes.optional(),
    olderThanDays: days
      .optional()
      .describe('By the time of the last modification, evaluated when the item is processed'),
    newerThanDays: days.optional(),
    languages: z
      .array(z.string().regex(/^[a-z]{2}$/, 'must be an ISO 639-1 code such as de'))
      .min(1)
      .max(20)
      .optional(),
    pattern: pattern.optional().describe('Matches anywhere in the text'),
  })
  .refine((c) => Object.values(c).filter((value) => value !== undefined).length > 1, {
    path: ['paths'],
    message:
      'choose at least one of paths, mimeTypes, minBytes, maxBytes, olderThanDays, newerThanDays, languages, pattern',
  })
  .describe('An item matches a filter if it meets all its conditions; of a list, one entry is enough');

const extractFields = z
  .strictObject({
    patterns: z
      .array(pattern)
      .max(20, 'at most 20')
      .default([])
      .describe('Named groups of the first match become metadata'),
    frontMatter: z.boolean().default(false).describe('Read name: value lines between --- at the very beginning'),
    removeFrontMatter: z.boolean().default(true).describe('Remove them from the text'),
  })
  .refine((c) => c.frontMatter || c.patterns.length > 0, {
    path: ['patterns'],
    message: 'choose patterns, frontMatter or both',
  })
  .describe('Adds metadata; existing names are not overwritten');

const truncate = z
  .strictObject({ maxCharacters: z.int().min(100).max(5_000_000) })
  .describe('Keeps the beginning, up to the last whole word');

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
      .describe('With {title}, {name}, {path}, {folder}, {source}, {type}, {modified} and {metadata.NAME}'),
  })
  .describe('Adds a paragraph before the text');

const chunking = z
  .strictObject({
    tokens: z
      .int()
      .min(100)
      .max(1500)
      .default(defaultChunking.tokens)
      .describe('Approximate size of a chunk in tokens; a chunk has at most 1.6 times as many'),
    overlapTokens: z
      .int()
      .min(0)
      .max(200)
      .default(defaultChunking.overlapTokens)
      .describe('Approximate number of tokens of the previous part that are embedded with each chunk'),
  })
  .refine((c) => c.overlapTokens * 2 <= c.tokens, {
    path: ['overlapTokens'],
    message: 'must be at most half of tokens',
  })
  .describe('Sets how the text is cut; the last of several counts');

/** One entry per type: a new type without a schema does not compile. */
export const configSchemas = {
  normalize,
  strip_boilerplate: stripBoilerplate,
  redact,
  filter,
  extract_fields: extractFields,
  truncate,
  prefix,
  chunking,
} as const satisfies Record<TransformationType, z.ZodType>;

export type ConfigOf<Type extends TransformationType> = z.infer<(typeof configSchemas)[Type]>;

/** One regular expression of a config. */
export interface UserPattern {
  /** Its path in the config. */
  readonly path: readonly (string | number)[];
  readonly text: string;
  /** Its named groups are what the transformation looks for. */
  readonly mustNameGroups: boolean;
}

/** Lists the regular expressions of a config that its schema has read. */
export function patternsOf(type: TransformationType, config: object): UserPattern[] {
  switch (type) {
    case 'redact':
      return (config as ConfigOf<'redact'>).patterns.map(({ pattern: text }, i) => ({
        path: ['patterns', i, 'pattern'],
        text,
        mustNameGroups: false,
      }));
    case 'filter': {
      const text = (config as ConfigOf<'filter'>).pattern;
      return text === undefined ? [] : [{ path: ['pattern'], text, mustNameGroups: false }];
    }
    case 'extract_fields':
      return (config as ConfigOf<'extract_fields'>).patterns.map((text, i) => ({
        path: ['patterns', i],
        text,
        mustNameGroups: true,
      }));
    case 'normalize':
    case 'strip_boilerplate':
    case 'truncate':
    case 'prefix':
    case 'chunking':
      return [];
  }
}
