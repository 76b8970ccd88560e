import { Button, Center } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { exchangeToken } from '../api/session.ts';
import type { GetSessionData } from '../api/types.ts';
import { Empty, Loading } from '../components/status-views.tsx';

/** Signs in a user of the surrounding application; links to its sign-in otherwise. */
export function SignInPage({ signInUrl, tokenExchangeUrl }: GetSessionData) {
  const client = useQueryClient();
  const exchange = useQuery({
    queryKey: ['exchange', tokenExchangeUrl],
    queryFn: async () => {
      const signedIn = await exchangeToken(tokenExchangeUrl ?? '');
      if (signedIn) await client.invalidateQueries({ queryKey: ['session'] });
      return signedIn;
    },
    enabled: tokenExchangeUrl !== null,
    retry: false,
  });
  if (exchange.isLoading) return <Loading />;
  return (
    <Center mih="100dvh">
      <Empty
        icon={<IconLock size={28} />}
        title="Sign in to Headwater"
        action={
          signInUrl !== null && (
            <Button
              component="a"
              href={`${signInUrl}${signInUrl.includes('?') ? '&' : '?'}returnTo=${encodeURIComponent(window.location.href)}`}
            >
              Sign in
            </Button>
          )
        }
      >
        {signInUrl === null
          ? 'Sign in to the application that Headwater belongs to, then open this page from there.'
          : 'Sign in to continue.'}
      </Empty>
    </Center>
  );
}
