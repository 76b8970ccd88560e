import { useQuery } from '@tanstack/react-query';
import { useChange } from './change.ts';
import { ask } from './client.ts';
import type * as api from './types.ts';

export function useSession() {
  return useQuery({
    queryKey: ['session'],
    queryFn: () => ask<api.GetSessionData>('GET', '/api/session'),
    staleTime: 60_000,
  });
}

/** Exchanges the surrounding application’s token, if it gives one, for a session here. */
export async function exchangeToken(tokenExchangeUrl: string): Promise<boolean> {
  const answer = await fetch(tokenExchangeUrl, {
    credentials: 'include',
    headers: { accept: 'application/json' },
  }).catch(() => null);
  if (answer === null || !answer.ok) return false;
  const { token } = (await answer.json()) as { token?: unknown };
  if (typeof token !== 'string') return false;
  await ask<api.CreateSessionData>('POST', '/api/session', { headers: { authorization: `Bearer ${token}` } });
  return true;
}

export const useSignOut = () =>
  useChange(async () => {
    const answer = await ask<api.DeleteSessionData | null>('DELETE', '/api/session');
    // The session at the provider would sign in again without a question.
    if (answer !== null) window.location.assign(answer.signOutUrl);
  }, 'session');
