import {
  ActionIcon,
  Alert,
  Anchor,
  AppShell,
  Burger,
  Group,
  NavLink,
  Text,
  TextInput,
  UnstyledButton,
} from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { IconCommand, IconPlugConnectedX, IconSearch, IconUser } from '@tabler/icons-react';
import {
  type ComponentType,
  type FormEvent,
  lazy,
  type LazyExoticComponent,
  Suspense,
  useEffect,
  useState,
} from 'react';
import { Link, Redirect, Route, Switch, useLocation } from 'wouter';
import { useSilentSince } from './api/connection.ts';
import { useSession, useShownSession } from './api/session.ts';
import type { Session } from './api/types.ts';
import { Loading, NotFound, ProblemAlert } from './components/status-views.tsx';
import { shortTime } from './format.ts';
import logo from './icon.svg';
import { places } from './places.ts';

/** A page or a menu is a file of its own, loaded when it is first opened. */
function page<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): LazyExoticComponent<ComponentType<Props>> {
  return lazy(async () => ({ default: await load().catch(() => FileNotLoaded) }));
}

/** In place of a file that an update has removed, or that a server which is away does not send: without it all would be blank. */
function FileNotLoaded() {
  return (
    <ProblemAlert
      error={new Error('Headwater does not answer, or was updated since you opened it.')}
      title="This page could not be loaded"
      retry={() => window.location.reload()}
    />
  );
}

const ActivityPage = page(async () => (await import('./pages/activity.tsx')).ActivityPage);
const AddSourcePage = page(async () => (await import('./pages/add-source.tsx')).AddSourcePage);
const CollectionsPage = page(async () => (await import('./pages/collections.tsx')).CollectionsPage);
const ConnectPage = page(async () => (await import('./pages/connect.tsx')).ConnectPage);
const DocumentPage = page(async () => (await import('./pages/document.tsx')).DocumentPage);
const DocumentsPage = page(async () => (await import('./pages/documents.tsx')).DocumentsPage);
const JobPage = page(async () => (await import('./pages/job.tsx')).JobPage);
const JobsPage = page(async () => (await import('./pages/jobs.tsx')).JobsPage);
const KeysPage = page(async () => (await import('./pages/keys.tsx')).KeysPage);
const OverviewPage = page(async () => (await import('./pages/overview.tsx')).OverviewPage);
const PlanPage = page(async () => (await import('./pages/plan.tsx')).PlanPage);
const SchedulesPage = page(async () => (await import('./pages/schedules.tsx')).SchedulesPage);
const ScopePage = page(async () => (await import('./pages/scope.tsx')).ScopePage);
const SearchPage = page(async () => (await import('./pages/search.tsx')).SearchPage);
const SignInPage = page(async () => (await import('./pages/sign-in.tsx')).SignInPage);
const SignedOutDialog = page(async () => (await import('./pages/sign-in.tsx')).SignedOutDialog);
const SourcePage = page(async () => (await import('./pages/source.tsx')).SourcePage);
const SourcesPage = page(async () => (await import('./pages/sources.tsx')).SourcesPage);
const TransformationPage = page(async () => (await import('./pages/transformation.tsx')).TransformationPage);
const TransformationsPage = page(async () => (await import('./pages/transformations.tsx')).TransformationsPage);
const WebhookPage = page(async () => (await import('./pages/webhook.tsx')).WebhookPage);
const WebhooksPage = page(async () => (await import('./pages/webhooks.tsx')).WebhooksPage);

const CommandPalette = page(async () => (await import('./components/command-palette.tsx')).CommandPalette);
const ViewerMenu = page(async () => (await import('./components/viewer-menu.tsx')).ViewerMenu);

export function App() {
  const { data, isPending, error, refetch } = useSession();
  const shown = useShownSession(data?.session ?? null);
  if (isPending) return <Loading />;
  if (data === undefined) return <ProblemAlert error={error} retry={() => void refetch()} />;
  return (
    <>
      {shown !== null && <Shell session={shown} isSignedOut={data.session === null} />}
      {data.session === null && (
        <Suspense fallback={<Loading />}>
          {shown === null ? <SignInPage {...data} /> : <SignedOutDialog {...data} />}
        </Suspense>
      )}
    </>
  );
}

function Shell({ session, isSignedOut }: { readonly session: Session; readonly isSignedOut: boolean }) {
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const [location] = useLocation();
  const [isPaletteOpen, palette] = useDisclosure(false);
  // Also where a field has the focus, but not behind the dialog of an ended session.
  useHotkeys([['mod+K', () => !isSignedOut && palette.toggle()]], []);
  useEffect(() => {
    close();
    window.scrollTo(0, 0);
  }, [location, close]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 208, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'sm', sm: 'lg' }}
    >
      <AppShell.Header>
        <Group h="100%" px="md" gap="sm" wrap="nowrap">
          <Burger
            opened={isOpen}
            onClick={toggle}
            hiddenFrom="sm"
            size="sm"
            aria-label={isOpen ? 'Close menu' : 'Open menu'}
          />
          <Anchor component={Link} href="/overview" underline="never" c="inherit" aria-label="Headwater">
            <Group gap={8} wrap="nowrap">
              <img src={logo} width={26} height={26} alt="" />
              <Text fw={700} visibleFrom="xs">
                Headwater
              </Text>
            </Group>
          </Anchor>
          <QuickSearch openPalette={palette.open} />
          <ViewerButton session={session} />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Main">
        {places.map(({ to, title, icon: Icon }) => (
          <NavLink
            key={to}
            component={Link}
            href={to}
            label={title}
            leftSection={<Icon size={18} stroke={1.7} aria-hidden />}
            active={location.startsWith(to)}
            aria-current={location.startsWith(to) ? 'page' : undefined}
            style={{ borderRadius: 'var(--mantine-radius-md)' }}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main>
        <Palette isOpen={isPaletteOpen && !isSignedOut} close={palette.close} />
        <OfflineNotice />
        <Suspense fallback={<Loading />}>
          <Pages />
        </Suspense>
      </AppShell.Main>
    </AppShell>
  );
}

function Pages() {
  return (
    <Switch>
      <Route path="/">
        <Redirect to="/overview" replace />
      </Route>
      <Route path="/overview" component={OverviewPage} />
      <Route path="/sources" component={SourcesPage} />
      <Route path="/sources/new" component={AddSourcePage} />
      <Route path="/sources/:id">{({ id }) => <SourcePage key={id} id={id} />}</Route>
      <Route path="/sources/:id/connect">{({ id }) => <ConnectPage id={id} />}</Route>
      <Route path="/sources/:id/connected">{({ id }) => <ScopePage id={id} />}</Route>
      <Route path="/sources/:id/plan">{({ id }) => <PlanPage id={id} />}</Route>
      <Route path="/jobs" component={JobsPage} />
      <Route path="/jobs/:id">{({ id }) => <JobPage key={id} id={id} />}</Route>
      <Route path="/documents" component={DocumentsPage} />
      <Route path="/documents/:id">{({ id }) => <DocumentPage id={id} />}</Route>
      <Route path="/search" component={SearchPage} />
      <Route path="/schedules" component={SchedulesPage} />
      <Route path="/transformations" component={TransformationsPage} />
      <Route path="/transformations/:id">{({ id }) => <TransformationPage key={id} id={id} />}</Route>
      <Route path="/collections" component={CollectionsPage} />
      <Route path="/activity" component={ActivityPage} />
      <Route path="/keys" component={KeysPage} />
      <Route path="/webhooks" component={WebhooksPage} />
      <Route path="/webhooks/:id">{({ id }) => <WebhookPage key={id} id={id} />}</Route>
      <Route>
        <NotFound what="Page" to="/" list="Overview" />
      </Route>
    </Switch>
  );
}

/** While the server does not answer, the page shows its last data. */
function OfflineNotice() {
  const since = useSilentSince();
  if (since === null) return null;
  return (
    <Alert
      color="orange"
      mb="md"
      role="alert"
      icon={<IconPlugConnectedX size={18} aria-hidden />}
      title="No connection to Headwater"
    >
      What you see is from {shortTime(new Date(since).toISOString())} and may be out of date. Trying to reconnect…
    </Alert>
  );
}

function QuickSearch({ openPalette }: { readonly openPalette: () => void }) {
  const [, go] = useLocation();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const asked = new FormData(event.currentTarget).get('q');
    if (typeof asked === 'string' && asked.trim() !== '')
      go(`/search?${new URLSearchParams({ q: asked.trim() }).toString()}`);
  };
  return (
    <form role="search" onSubmit={submit} style={{ flex: 1, maxWidth: 420, marginInline: 'auto' }}>
      <TextInput
        name="q"
        aria-label="Search all documents"
        placeholder="Search all documents"
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={<PaletteButton open={openPalette} />}
        rightSectionWidth={62}
        size="sm"
        styles={{ input: { textOverflow: 'ellipsis' } }}
      />
    </form>
  );
}

/** Loaded when it is first opened. */
function Palette({ isOpen, close }: { readonly isOpen: boolean; readonly close: () => void }) {
  const [isAsked, ask] = useState(false);
  useEffect(() => {
    if (isOpen) ask(true);
  }, [isOpen]);
  if (!isAsked) return null;
  return (
    <Suspense>
      <CommandPalette isOpen={isOpen} close={close} />
    </Suspense>
  );
}

const isMac = /mac|iphone|ipad/i.test(navigator.platform);
const shortcut = isMac ? '⌘ K' : 'Ctrl K';

/** Says how the palette is opened, and opens it. */
function PaletteButton({ open }: { readonly open: () => void }) {
  return (
    <UnstyledButton
      onClick={open}
      aria-label={`${shortcut}: open the command palette`}
      aria-keyshortcuts={isMac ? 'Meta+K' : 'Control+K'}
      fz={11}
      c="dimmed"
      px={6}
      py={2}
      style={{ border: '1px solid var(--mantine-color-default-border)', borderRadius: 6, whiteSpace: 'nowrap' }}
    >
      <Text span inherit visibleFrom="sm">
        {shortcut}
      </Text>
      <IconCommand size={15} aria-hidden className="mantine-hidden-from-sm" />
    </UnstyledButton>
  );
}

/** The account’s button. Its menu is loaded when it is first opened: the menu’s positioning is a tenth of a first view. */
function ViewerButton({ session }: { readonly session: Session }) {
  const [isAsked, ask] = useState(false);
  const button = (
    <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Account and theme" onClick={() => ask(true)}>
      <IconUser size={19} />
    </ActionIcon>
  );
  if (!isAsked) return button;
  return (
    <Suspense fallback={button}>
      <ViewerMenu session={session} />
    </Suspense>
  );
}
