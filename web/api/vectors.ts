import { useQuery } from '@tanstack/react-query';
import { useChange } from './change.ts';
import { ask } from './client.ts';
import type * as api from './types.ts';

/** Which store and model answer searches, and what a move to the configured ones takes. Loaded again while it runs. */
export function useVectorStatus() {
  return useQuery({
    queryKey: ['vectors'],
    queryFn: () => ask<api.VectorStatus>('GET', '/api/vectors'),
    refetchInterval: ({ state }) => (state.data?.move?.state === 'running' ? 3000 : 60_000),
  });
}

/** Starts the move of all users’ vectors. */
export function useMoveVectors() {
  return useChange(() => ask<api.MoveVectorsData>('POST', '/api/vectors/move', { body: {} }), 'vectors');
}
