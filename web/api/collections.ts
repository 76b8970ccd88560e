import { useQuery } from '@tanstack/react-query';
import { useChange } from './change.ts';
import { ask } from './client.ts';
import type * as api from './types.ts';

/** Projects and tags are the same thing under two names. */
export type CollectionKind = 'project' | 'tag';

export type Collection = api.ListProjectsData['projects'][number];

export function useCollections(kind: CollectionKind) {
  return useQuery({
    queryKey: [`${kind}s`],
    queryFn: async () =>
      (await ask<Readonly<Record<string, readonly Collection[]>>>('GET', `/api/${kind}s`))[`${kind}s`] ?? [],
  });
}

export function useRules(kind: CollectionKind, id: string) {
  return useQuery({
    queryKey: [`${kind}s`, id, 'rules'],
    queryFn: async () => (await ask<api.ListProjectRulesData>('GET', `/api/${kind}s/${id}/rules`)).rules,
  });
}

export const useCreateCollection = (kind: CollectionKind) =>
  useChange((name: string) => addCollection(kind, name), `${kind}s`);

export const useRenameCollection = (kind: CollectionKind) =>
  useChange((body: api.PutProjectPayload) => ask<unknown>('PUT', `/api/${kind}s`, { body }), `${kind}s`);

export const useDeleteCollection = (kind: CollectionKind) =>
  useChange((id: string) => ask<unknown>('DELETE', `/api/${kind}s`, { query: { id } }), `${kind}s`);

export type Assignment =
  | { readonly verb: 'assign' | 'remove'; readonly id: string }
  /** To a new collection of this name. */
  | { readonly verb: 'add'; readonly name: string };

export const useAssign = (kind: CollectionKind, documentId: string) =>
  useChange(
    async (assignment: Assignment) => {
      const isNew = assignment.verb === 'add';
      const id = isNew ? await addCollection(kind, assignment.name) : assignment.id;
      const path = `/api/${kind}s/${id}/${isNew ? 'assign' : assignment.verb}`;
      await ask<unknown>('POST', path, { body: { documentIds: [documentId] } });
    },
    `${kind}s`,
    'document',
    'documents',
  );

/** Assigns many documents; those that are assigned already stay so. */
export const useAssignMany = (kind: CollectionKind) =>
  useChange(
    ({ id, documentIds }: { readonly id: string; readonly documentIds: readonly string[] }) =>
      ask<unknown>('POST', `/api/${kind}s/${id}/assign`, { body: { documentIds } }),
    `${kind}s`,
    'document',
    'documents',
  );

async function addCollection(kind: CollectionKind, name: string): Promise<string> {
  const added = await ask<Readonly<Record<string, Collection>>>('POST', `/api/${kind}s`, { body: { name } });
  return added[kind]?.id ?? '';
}

export const useCreateRule = (kind: CollectionKind, id: string) =>
  useChange(
    (body: api.CreateProjectRulePayload) => ask<unknown>('POST', `/api/${kind}s/${id}/rules`, { body }),
    `${kind}s`,
  );

export const useDeleteRule = (kind: CollectionKind, id: string) =>
  useChange((ruleId: string) => ask<unknown>('DELETE', `/api/${kind}s/${id}/rules`, { query: { ruleId } }), `${kind}s`);
