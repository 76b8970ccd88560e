import { useQuery } from '@tanstack/react-query';
import { useChange } from './change.ts';
import { ask } from './client.ts';
import type * as api from './types.ts';

const keys = '/api/keys';

export type ApiKey = api.ListApiKeysData['keys'][number];

export function useApiKeys() {
  return useQuery({
    queryKey: ['keys'],
    queryFn: async () => (await ask<api.ListApiKeysData>('GET', keys)).keys,
    refetchInterval: 30_000,
  });
}

export const useCreateApiKey = () =>
  useChange((body: api.CreateApiKeyPayload) => ask<api.CreateApiKeyData>('POST', keys, { body }), 'keys');

export const useRevokeApiKey = () =>
  useChange((id: string) => ask<api.RevokeApiKeyByQueryData>('DELETE', keys, { query: { id } }), 'keys');
