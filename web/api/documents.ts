import { useQuery } from '@tanstack/react-query';
import { useChange } from './change.ts';
import { ask } from './client.ts';
import { untilDeleted } from './deletions.ts';
import { pageSize, usePages } from './pages.ts';
import type * as api from './types.ts';

export type FullDocument = api.GetDocumentData['document'];

export interface DocumentQuery {
  readonly text?: string | undefined;
  readonly dataSourceId?: string | undefined;
  readonly sourceType?: string | undefined;
  readonly projectId?: string | undefined;
  readonly tagId?: string | undefined;
  readonly mimeType?: string | undefined;
}

export type DocumentOrder = 'changed' | 'title' | 'modified' | 'tokens';

export function useDocuments(filter: DocumentQuery, order: DocumentOrder) {
  return usePages<api.Document, { readonly total: number | null }>(['documents', filter, order], async (cursor) => {
    // Only the first page says how many there are.
    const query = { ...filter, order, limit: pageSize, cursor, total: cursor === null };
    const { documents, nextCursor, total } = await ask<api.ListDocumentsData>('GET', '/api/documents', { query });
    return { rows: documents, next: nextCursor, about: { total } };
  });
}

/** The first documents whose title or path contains this. */
export function useFoundDocuments(text: string, limit: number) {
  return useQuery({
    queryKey: ['documents', 'found', text, limit],
    queryFn: async () =>
      (await ask<api.ListDocumentsData>('GET', '/api/documents', { query: { text, limit } })).documents,
    enabled: text !== '',
    staleTime: 10_000,
  });
}

export function useDocument(id: string) {
  return useQuery({
    queryKey: ['document', id],
    queryFn: async () =>
      (await ask<api.GetDocumentData>('GET', `/api/documents/${id}`, { query: { chunks: true } })).document,
  });
}

export const useDeleteDocument = () =>
  useChange(async (id: string) => await untilDeleted(await startDeletion(id)), 'documents');

/** Starts one deletion after another: each is a workflow of its own, and a refusal leaves the rest as they are. */
export const useDeleteDocuments = () =>
  useChange(async (ids: readonly string[]) => {
    const deletions: api.Deletion[] = [];
    for (const id of ids) deletions.push(await startDeletion(id));
    for (const deletion of deletions) await untilDeleted(deletion);
  }, 'documents');

async function startDeletion(id: string): Promise<api.Deletion> {
  return (await ask<api.DeleteDocumentData>('DELETE', `/api/documents/${id}`)).deletion;
}
