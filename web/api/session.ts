import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ask } from './client.ts';
import type * as api from './types.ts';

/** How often a page whose session has ended asks whether its viewer has signed in again, in milliseconds. */
const signedOutPollMs = 3000;

export function useSession() {
  return useQuery({
    queryKey: ['session'],
    queryFn: () => ask<api.GetSessionData>('GET', '/api/session'),
    staleTime: 60_000,
    // Another tab may have signed out, or have signed in somebody else.
    refetchOnWindowFocus: 'always',
    refetchInterval: ({ state }) => (state.data?.session === null ? signedOutPollMs : false),
  });
}

/**
 * The session that the page shows: the current one, or the one that has just ended, so that nothing typed is lost.
 * If somebody else signs in, the page is loaded anew: nothing of one person is shown to, or saved for, another.
 * @returns null before the first sign-in
 */
export function useShownSession(current: api.Session | null): api.Session | null {
  const client = useQueryClient();
  const [shown, setShown] = useState(current);
  const isOther = shown !== null && current !== null && shown.userId !== current.userId;
  const hasEnded = shown !== null && current === null;
  if (current !== null && current !== shown && !isOther) setShown(current);
  useEffect(() => {
    if (isOther) window.location.reload();
  }, [isOther]);
  useEffect(() => {
    // What was refused meanwhile is asked for again.
    if (hasEnded)
      return () => void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
    return undefined;
  }, [client, hasEnded]);
  return isOther ? null : shown;
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

/** Leaves the page, so that nothing of the session stays in the tab; also its end at the provider, which would sign in again without a question. */
export const useSignOut = () =>
  useMutation({
    mutationFn: async () => {
      const answer = await ask<api.DeleteSessionData | null>('DELETE', '/api/session');
      window.location.assign(answer?.signOutUrl ?? '/');
    },
  });
