import { anyLabel, labelOf } from '../../db/vectors/vector-records.ts';
import type { DocumentFilter } from '../../domain/documents.ts';

/**
 * What of a filter the labels can answer; the rest, and the last word on all of it, is SQL's. A text that stands in too
 * many documents to name is let through. @returns null where labels cannot narrow anything
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
