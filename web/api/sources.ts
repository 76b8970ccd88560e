import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useChange } from './change.ts';
import { ask } from './client.ts';
import type * as api from './types.ts';

const root = '/api/data-sources';

export function useSourceTypes() {
  return useQuery({
    queryKey: ['source-types'],
    queryFn: async () => (await ask<api.ListSourceTypesData>('GET', '/api/source-types')).sourceTypes,
    staleTime: Infinity,
  });
}

export function useSources() {
  return useQuery({
    queryKey: ['sources'],
    queryFn: async () => (await ask<api.ListDataSourcesData>('GET', root)).dataSources,
    refetchInterval: 5000,
  });
}

/** `source` is null until it is loaded, and if there is none with this id. */
export function useSource(id: string) {
  const sources = useSources();
  return { ...sources, source: sources.data?.find((source) => source.id === id) ?? null };
}

/** “Google Drive” for a Drive source: what its owner calls the vendor. */
export function useSourceLabel(dataSourceId: string): string {
  const { source } = useSource(dataSourceId);
  const types = useSourceTypes();
  return types.data?.find((type) => type.sourceType === source?.sourceType)?.label ?? 'the source';
}

/** The origin of choices: a connected source, or a type that needs no sign-in. */
export type ChoiceSource = { readonly id: string } | { readonly sourceType: api.SourceType };

export function useChoices(source: ChoiceSource, field: string, within: string | null, enabled: boolean) {
  const path = choicesPath(source);
  return useQuery({
    queryKey: ['choices', path, field, within],
    queryFn: () => ask<api.ListDataSourceChoicesData>('GET', path, { query: { field, within } }),
    enabled,
    staleTime: 60_000,
    retry: false,
  });
}

/** The names of values, as far as their levels have been loaded or the API knows them: ids mean nothing to people. */
export function useChoiceLabels(source: ChoiceSource, field: string): ReadonlyMap<string, string> {
  const client = useQueryClient();
  // Any level that arrives renders its own part, and the first one holds the saved values.
  useChoices(source, field, null, true);
  const loaded = client.getQueriesData<api.ListDataSourceChoicesData>({
    queryKey: ['choices', choicesPath(source), field],
  });
  return new Map(
    loaded.flatMap(([, data]) => [
      ...(data?.choices ?? []).map(({ value, label }) => [value, label] as const),
      ...(data?.selected ?? []).map(({ value, label }) => [value, label] as const),
    ]),
  );
}

function choicesPath(source: ChoiceSource): string {
  return 'id' in source ? `${root}/${source.id}/choices` : `/api/source-types/${source.sourceType}/choices`;
}

export const useCreateSource = () =>
  useChange(
    async (body: api.CreateDataSourcePayload) =>
      (await ask<api.CreateDataSourceData>('POST', root, { body })).dataSource,
    'sources',
  );

export const useUpdateSource = () =>
  useChange(
    async (body: api.PutDataSourcePayload) => (await ask<api.PutDataSourceData>('PUT', root, { body })).dataSource,
    'sources',
    'next-runs',
  );

export const useDeleteSource = () =>
  useChange(
    async (query: { id: string; keepDocuments: boolean }) =>
      (await ask<api.DeleteDataSourceByQueryData>('DELETE', root, { query })).deletion,
    'sources',
    'documents',
    'schedules',
  );

/** Leaves the page for the vendor’s (or Composio’s) consent screen, which sends the browser back. */
export const useConnect = () =>
  useChange(async ({ id, connectionProvider }: Pick<api.DataSource, 'id' | 'connectionProvider'>) => {
    const provider = connectionProvider === 'composio' ? 'composio' : 'oauth';
    const { authorizationUrl } = await ask<api.ConnectDataSourceData>('GET', `${root}/${id}/connect`, {
      query: { provider, then: 'page' },
    });
    window.location.assign(authorizationUrl);
  });

export const usePasteToken = (id: string) =>
  useChange(
    (body: api.SetCredentialsPayload) => ask<api.SetCredentialsData>('PUT', `${root}/${id}/credentials`, { body }),
    'sources',
  );

export const useDisconnect = () =>
  useChange((id: string) => ask<api.DisconnectDataSourceData>('POST', `${root}/${id}/disconnect`), 'sources');
