/** Transformations, going in and out: one schema for each type, from the registry. */

import { z } from 'zod';
import type { TransformationType } from '../domain/transformations.ts';
import { configSchemas } from '../content/transformations/configs.ts';
import { id, name, sourceType, time } from './schemas.ts';

export const order = z.int().min(0).max(1_000_000).describe('the smaller, the earlier');
const forSource = sourceType.nullable().describe('null: all sources');

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
  executionOrder: order.optional().describe('left out: after all others'),
  isActive: z.boolean().default(true),
});

export const transformationChange = z
  .strictObject({
    id,
    name: name.optional(),
    sourceType: forSource.optional(),
    config: z.record(z.string(), z.unknown()).optional().describe('whole, as for a new one of this type'),
    executionOrder: order.optional(),
    isActive: z.boolean().optional(),
  })
  .refine((change) => Object.keys(change).length > 1, 'give what is to change');

export const staleSource = z.object({
  dataSourceId: id,
  name: z.string(),
  sourceType,
  items: z.number(),
  fromVendor: z.number().describe('of them, those whose text is not kept and that have to be fetched again'),
});

const draft = ofEachType({ name: name.default('draft') });

export const previewRequest = z
  .strictObject({
    documentId: id.optional(),
    dataSourceId: id.optional(),
    externalId: z.string().min(1).max(4096).optional().describe('with dataSourceId: an item by its id at the source'),
    transformations: z
      .array(draft)
      .max(50, 'at most 50')
      .optional()
      .describe('in their order; left out: those that apply to the document as they are saved'),
  })
  .refine(
    (body) => (body.documentId === undefined) === (body.dataSourceId !== undefined && body.externalId !== undefined),
    {
      path: ['documentId'],
      message: 'give either documentId, or dataSourceId and externalId',
    },
  );

const previewedText = z.object({
  text: z.string(),
  characters: z.number(),
  isCut: z.boolean().describe('text, chunks and diff show the beginning only'),
  chunkCount: z.number(),
  chunks: z.array(z.object({ ordinal: z.number(), text: z.string(), tokens: z.number() })),
  metadata: z.record(z.string(), z.unknown()),
});

export const preview = z.object({
  documentId: id,
  isOriginal: z
    .boolean()
    .describe('false: the text as it was read is not kept (something was redacted), so `before` is what is stored now'),
  excluded: z.object({ by: z.string(), message: z.string() }).nullable(),
  before: previewedText,
  after: previewedText.nullable().describe('null: it would be left out'),
  diff: z
    .array(z.object({ kind: z.enum(['same', 'removed', 'added']), text: z.string() }))
    .nullable()
    .describe('word by word; null: nothing to compare, or too much'),
  chunksToEmbed: z.number(),
});

/** One variant for each type, told apart by `transformationType`. */
function ofEachType<Shape extends z.ZodRawShape>(shape: Shape) {
  const variant = <Type extends TransformationType>(type: Type) =>
    z.strictObject({ transformationType: z.literal(type), config: configSchemas[type], ...shape });
  return z.discriminatedUnion('transformationType', [
    variant('normalise'),
    variant('strip_boilerplate'),
    variant('redact'),
    variant('filter'),
    variant('extract_fields'),
    variant('truncate'),
    variant('prefix'),
    variant('chunking'),
  ]);
}
