import { anyLabel, labelOf } from '../../db/vectors/vector-records.ts';
import type { DocumentFilter } from '../../domain/documents.ts';

/**
 * Returns the part of a filter that labels can evaluate; SQL evaluates the whole filter afterwards. A text in too many
 * documents to list always passes. @returns null if labels cannot narrow anything
 */
export function toPineconeFilter(filter: DocumentFilter | undefined): object | null {
  const conditions = [
    filter?.dataSourceIds && isOneOf(filter.dataSourceIds.map((id) => labelOf.source(id))),
    filter?.mimeTypes && isOneOf(filter.mimeTypes.map((type) => labelOf.mimeType(type))),
  ].filter((condition) => condition !== undefined);
  if (conditions.length === 0) return null;
  return conditions.length === 1 ? (conditions[0] ?? null) : { $and: conditions };
}

function isOneOf(labels: readonly string[]): object {
  return { labels: { $in: [...labels, anyLabel] } };
}
