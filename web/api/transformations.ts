import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useChange } from './change.ts';
import { ask } from './client.ts';
import type * as api from './types.ts';

const transformations = '/api/transformations';

export type Transformation = api.ListTransformationsData['transformations'][number];

export function useTransformations() {
  return useQuery({
    queryKey: ['transformations'],
    queryFn: async () => (await ask<api.ListTransformationsData>('GET', transformations)).transformations,
  });
}

export interface TransformationKind {
  readonly type: string;
  readonly description: string;
  readonly configSchema: Readonly<Record<string, unknown>>;
}

interface Variant {
  readonly properties: {
    readonly transformationType: { readonly const?: string; readonly enum?: readonly string[] };
    readonly config: { readonly description?: string };
  };
}

interface DescribedPath {
  readonly post: {
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': {
          readonly schema: { readonly oneOf?: readonly Variant[]; readonly anyOf?: readonly Variant[] };
        };
      };
    };
  };
}

/** The kinds of transformations and their configuration, as the API describes them. */
export function useTransformationKinds() {
  return useQuery({
    queryKey: ['transformation-kinds'],
    queryFn: async (): Promise<readonly TransformationKind[]> => {
      const { paths } = await ask<{ paths: Readonly<Record<string, DescribedPath>> }>('GET', '/docs/openapi.json');
      const schema = paths[transformations]?.post.requestBody.content['application/json'].schema;
      return (schema?.oneOf ?? schema?.anyOf ?? []).map(({ properties: { transformationType, config } }) => ({
        type: transformationType.const ?? transformationType.enum?.[0] ?? '',
        description: config.description ?? '',
        configSchema: config as Readonly<Record<string, unknown>>,
      }));
    },
    staleTime: Infinity,
  });
}

export function useTransformationPreview(body: object | null) {
  return useQuery({
    queryKey: ['transformation-preview', body],
    queryFn: async () =>
      (await ask<api.PreviewTransformationsData>('POST', `${transformations}/preview`, { body })).preview,
    enabled: body !== null,
    retry: false,
    placeholderData: keepPreviousData,
  });
}

export function useStale() {
  return useQuery({
    queryKey: ['stale'],
    queryFn: async () => (await ask<api.ListStaleDocumentsData>('GET', `${transformations}/stale`)).sources,
    refetchInterval: 10_000,
  });
}

/** The API validates the body by its kind. */
export const useCreateTransformation = () =>
  useChange((body: object) => ask<unknown>('POST', transformations, { body }), 'transformations', 'stale');

export const useUpdateTransformation = () =>
  useChange(
    (body: api.PutTransformationPayload) => ask<unknown>('PUT', transformations, { body }),
    'transformations',
    'stale',
  );

/** Distance between two places in the order, as the API leaves it. */
const orderStep = 10;

/** Numbers these transformations in their new order; only those whose number changes are sent. */
export const useOrderTransformations = () =>
  useChange(
    async (all: readonly Transformation[]) => {
      for (const [at, { id, executionOrder }] of all.entries())
        if (executionOrder !== (at + 1) * orderStep)
          await ask<unknown>('PUT', transformations, { body: { id, executionOrder: (at + 1) * orderStep } });
    },
    'transformations',
    'stale',
  );

export const useDeleteTransformation = () =>
  useChange((id: string) => ask<unknown>('DELETE', transformations, { query: { id } }), 'transformations', 'stale');

export const useReprocess = () =>
  useChange(() => ask<api.ReprocessData>('POST', `${transformations}/reprocess`, { body: {} }), 'stale', 'jobs');
