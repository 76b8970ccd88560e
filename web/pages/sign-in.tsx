import { Button, Center, Modal } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { exchangeToken } from '../api/session.ts';
import type { GetSessionData } from '../api/types.ts';
import { Empty, Loading } from '../components/status-views.tsx';

/** On the element that has the focus: Escape does not close a dialog below, which would lose what was typed there. */
const keepsEscape = { 'data-mantine-stop-propagation': true } as const;

/** Signs in a user of the surrounding application; links to its sign-in otherwise. */
export function SignInPage(ways: GetSessionData) {
  const isExchanging = useExchange(ways);
  if (isExchanging) return <Loading />;
  return (
    <Center mih="100dvh">
      <Empty
        icon={<IconLock size={28} />}
        title="Sign in to Headwater"
        action={ways.signInUrl !== null && <SignInButton signInUrl={ways.signInUrl} />}
      >
        {ways.signInUrl === null
          ? 'Sign in to the application that Headwater belongs to, then open this page from there.'
          : 'Sign in to continue.'}
      </Empty>
    </Center>
  );
}

/**
 * Covers the page whose session has ended until the same person has signed in again, in another tab: what was typed stays
 * below, unseen.
 */
export function SignedOutDialog(ways: GetSessionData) {
  const isExchanging = useExchange(ways);
  return (
    <Modal.Root
      opened
      onClose={() => {}}
      fullScreen
      closeOnEscape={false}
      zIndex={1000}
      transitionProps={{ duration: 0 }}
    >
      <Modal.Content aria-label="You are signed out" radius={0} {...keepsEscape}>
        <Modal.Body>
          {isExchanging ? (
            <Loading />
          ) : (
            <Center mih="80dvh">
              <Empty
                icon={<IconLock size={28} />}
                title="You are signed out"
                action={ways.signInUrl !== null && <SignInButton signInUrl={ways.signInUrl} inNewTab />}
              >
                {ways.signInUrl === null
                  ? 'Sign in again to the application that Headwater belongs to, then return to this tab.'
                  : 'Sign in again in a new tab, then return to this one.'}{' '}
                What you typed is still here; what you sent last may not be saved.
              </Empty>
            </Center>
          )}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

/** Exchanges the surrounding application’s token for a session, if it gives one. @returns whether it is being tried */
function useExchange({ tokenExchangeUrl }: GetSessionData): boolean {
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
  return exchange.isLoading;
}

function SignInButton({ signInUrl, inNewTab = false }: { readonly signInUrl: string; readonly inNewTab?: boolean }) {
  const returnTo = encodeURIComponent(window.location.href);
  return (
    <Button
      component="a"
      href={`${signInUrl}${signInUrl.includes('?') ? '&' : '?'}returnTo=${returnTo}`}
      {...(inNewTab ? { target: '_blank', rel: 'noopener', ...keepsEscape } : {})}
    >
      Sign in
    </Button>
  );
}
