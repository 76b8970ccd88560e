/** All transformation types: the schema of their config (`configs.ts`) and their function. */

import { RE2JSException } from 're2js';
import { SyncError } from '../../domain/errors.ts';
import {
  type Exclusion,
  type ItemFacts,
  type OriginalPlace,
  type ReadDocument,
  type Transformation,
  transformationCodes,
  type TransformationType,
} from '../../domain/transformations.ts';
import { normalize, stripBoilerplate, truncate } from './clean.ts';
import { type ConfigOf, configSchemas } from './configs.ts';
import { extractFields } from './extract-fields.ts';
import { reasonToExclude } from './filter.ts';
import { fillTemplate } from './placeholders.ts';
import { redact } from './redact.ts';

export type Chunking = ConfigOf<'chunking'>;

/** A document between transformations. */
interface Passage {
  readonly document: ReadDocument;
  readonly chunking: Chunking | null;
  /** If a filter excludes it, no further transformations run. */
  readonly excludedBy: string | null;
}

type Apply<Type extends TransformationType> = (passage: Passage, config: ConfigOf<Type>, facts: ItemFacts) => Passage;

/** A new type without a function does not compile. */
const functions: { readonly [Type in TransformationType]: Apply<Type> } = {
  normalize: (passage, config) => withText(passage, normalize(passage.document.text, config)),
  strip_boilerplate: (passage, config) =>
    withText(passage, stripBoilerplate(passage.document.text, passage.document.metadata['format'] === 'email', config)),
  redact: (passage, config) => withText(passage, redact(passage.document.text, config)),
  filter: (passage, config, facts) => ({
    ...passage,
    excludedBy: reasonToExclude(config, facts, passage.document.text),
  }),
  extract_fields: (passage, config) => ({ ...passage, document: extractFields(passage.document, config) }),
  truncate: (passage, config) => withText(passage, truncate(passage.document.text, config)),
  prefix: (passage, config, facts) =>
    withText(passage, `${fillTemplate(config.template, { ...passage.document, facts })}\n\n${passage.document.text}`),
  chunking: (passage, config) => ({ ...passage, chunking: config }),
};

export type Transformed =
  | { readonly excluded: Exclusion }
  | { readonly document: ReadDocument; readonly chunking: Chunking | null; readonly original: OriginalPlace };

/** Runs the transformations in order. @throws SyncError `unreadable` if a saved config no longer matches its type */
export function applyTransformations(
  document: ReadDocument,
  facts: ItemFacts,
  transformations: readonly Transformation[],
): Transformed {
  let passage: Passage = { document, chunking: null, excludedBy: null };
  let isRedacted = false;
  for (const transformation of transformations) {
    const before = passage.document;
    passage = applyOne(transformation, passage, facts);
    if (passage.excludedBy !== null) return { excluded: exclusionOf(transformation, passage.excludedBy) };
    if (transformation.type === 'redact' && passage.document.text !== before.text) isRedacted = true;
  }
  return {
    document: passage.document,
    chunking: passage.chunking,
    original: isRedacted ? 'nowhere' : isSame(document, passage.document) ? 'chunks' : 'beside',
  };
}

/** Returns what filters exclude by facts alone, so that it is not fetched. */
export function excludedByFacts(facts: ItemFacts, transformations: readonly Transformation[]): Exclusion | null {
  for (const transformation of transformations) {
    if (transformation.type !== 'filter') continue;
    const by = asRule(transformation, () => reasonToExclude(readConfig('filter', transformation), facts, null));
    if (by !== null) return exclusionOf(transformation, by);
  }
  return null;
}

/** The type alone determines the function and its config. */
function applyOne(transformation: Transformation, passage: Passage, facts: ItemFacts): Passage {
  const apply = functions[transformation.type] as Apply<TransformationType>;
  return asRule(transformation, () => apply(passage, readConfig(transformation.type, transformation), facts));
}

/** A stored pattern that an update of the pattern library no longer compiles fails the items, not the reader. */
function asRule<Result>(transformation: Transformation, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    throw error instanceof RE2JSException ? invalidRule(transformation) : error;
  }
}

function readConfig<Type extends TransformationType>(type: Type, transformation: Transformation): ConfigOf<Type> {
  const read = configSchemas[type].safeParse(transformation.config);
  if (read.success) return read.data as ConfigOf<Type>;
  throw invalidRule(transformation);
}

function invalidRule({ name }: Transformation): SyncError {
  return new SyncError('unreadable', {
    code: transformationCodes.invalid,
    message: `The transformation "${name}" is no longer valid. Save it again.`,
  });
}

function exclusionOf({ name }: Transformation, by: string): Exclusion {
  return { by: name, message: `Skipped by the transformation "${name}" (${by}).` };
}

function withText(passage: Passage, text: string): Passage {
  return { ...passage, document: { ...passage.document, text } };
}

function isSame(before: ReadDocument, after: ReadDocument): boolean {
  return before.text === after.text && JSON.stringify(before.metadata) === JSON.stringify(after.metadata);
}
