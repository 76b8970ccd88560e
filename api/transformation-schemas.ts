/** Schemas of transformations in requests and answers: one for each type, from the registry. */

import { z } from 'zod';
import type { TransformationType } from '../domain/transformations.ts';
import { configSchemas } from '../content/transformations/configs.ts';
import { id, name, sourceType, time } from './schemas.ts';

export const order = z.int().min(0).max(1_000_000).describe('lower numbers run earlier');
const forSource = sourceType.nullable().describe('null for all sources');

export const transformation = ofEachType({
  id,
  name: z.string(),
  sourceType: forSource,
  executionOrder: z.number(),
  isActive: z.boolean(),
  createdAt: time,
  updatedAt: time,
});

export const newTransformation = ofEachType({
  name,
  sourceType: forSource.default(null),
  executionOrder: order.optional().describe('if omitted, it runs after all others'),
  isActive: z.boolean().default(true),
});

export const transformationChange = z
  .strictObject({
    id,
    name: name.optional(),
    sourceType: forSource.optional(),
    config: z.record(z.string(), z.unknown()).optional().describe('the complete config, as for a new one of this type'),
    executionOrder: order.optional(),
    isActive: z.boolean().optional(),
  })
  // The id may stand in the path instead, and is no change either way.
  .refine((change) => Object.keys(change).some((field) => field !== 'id'), 'set at least one field to change');

export const staleSource = z.object({
  dataSourceId: id,
  name: z.string(),
  sourceType,
  items: z.number(),
  fromVendor: z.number().describe('number of those whose text is not stored and that have to be fetched again'),
});

const draft = ofEachType({ name: name.default('draft') });

export const previewRequest = z
  .strictObject({
    documentId: id.optional(),
    dataSourceId: id.optional(),
    externalId: z.string().min(1).max(4096).optional().describe('with dataSourceId: an item by its id at the source'),
    transformations: z
      .array(draft)
      .max(50, 'must have at most 50 entries')
      .optional()
      .describe('in execution order; if omitted, the saved ones that apply to the document'),
  })
  .refine(
    (body) => (body.documentId === undefined) === (body.dataSourceId !== undefined && body.externalId !== undefined),
    {
      path: ['documentId'],
      message: 'set either documentId, or dataSourceId and externalId',
    },
  );

const previewedText = z.object({
  text: z.string(),
  characters: z.number(),
  isCut: z.boolean().describe('text, chunks and diff contain the beginning only'),
  chunkCount: z.number(),
  chunks: z.array(z.object({ ordinal: z.number(), text: z.string(), tokens: z.number() })),
  metadata: z.record(z.string(), z.unknown()),
});

export const preview = z.object({
  documentId: id,
  isOriginal: z
    .boolean()
    .describe('false if the original text is not stored (something was redacted), so that `before` is the stored text'),
  excluded: z.object({ by: z.string(), message: z.string() }).nullable(),
  before: previewedText,
  after: previewedText.nullable().describe('null if it would be skipped'),
  diff: z
    .array(z.object({ kind: z.enum(['same', 'removed', 'added']), text: z.string() }))
    .nullable()
    .describe('word by word; null if there is nothing to compare, or too much'),
  chunksToEmbed: z.number(),
});

/** One variant for each type, discriminated by `transformationType`. */
function ofEachType<Shape extends z.ZodRawShape>(shape: Shape) {
  const variant = <Type extends TransformationType>(type: Type) =>
    z.strictObject({ transformationType: z.literal(type), config: configSchemas[type], ...shape });
  return z.discriminatedUnion('transformationType', [
    variant('normalize'),
    variant('strip_boilerplate'),
    variant('redact'),
    variant('filter'),
    variant('extract_fields'),
    variant('truncate'),
    variant('prefix'),
    variant('chunking'),
  ]);
}
