import {
  ActionIcon,
  Alert,
  Anchor,
  AppShell,
  Burger,
  Group,
  Menu,
  NavLink,
  Text,
  TextInput,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconCalendarTime,
  IconDatabase,
  IconFiles,
  IconHistory,
  IconMoon,
  IconPlugConnectedX,
  IconSearch,
  IconTags,
  IconUser,
  IconWand,
  IconWebhook,
} from '@tabler/icons-react';
import { type FormEvent, useEffect } from 'react';
import { Link, Redirect, Route, Switch, useLocation } from 'wouter';
import { useSilentSince } from './api/connection.ts';
import { useSession, useSignOut } from './api/queries.ts';
import type { Session } from './api/types.ts';
import { Loading, NotFound, ProblemAlert } from './components/status-views.tsx';
import { shortTime } from './format.ts';
import logo from './icon.svg';
import { AddSourcePage } from './pages/add-source.tsx';
import { CollectionsPage } from './pages/collections.tsx';
import { ConnectPage } from './pages/connect.tsx';
import { DocumentPage } from './pages/document.tsx';
import { DocumentsPage } from './pages/documents.tsx';
import { JobPage } from './pages/job.tsx';
import { JobsPage } from './pages/jobs.tsx';
import { PlanPage } from './pages/plan.tsx';
import { ScopePage } from './pages/scope.tsx';
import { SchedulesPage } from './pages/schedules.tsx';
import { SearchPage } from './pages/search.tsx';
import { SignInPage } from './pages/sign-in.tsx';
import { SourcePage } from './pages/source.tsx';
import { SourcesPage } from './pages/sources.tsx';
import { TransformationPage } from './pages/transformation.tsx';
import { TransformationsPage } from './pages/transformations.tsx';
import { WebhookPage } from './pages/webhook.tsx';
import { WebhooksPage } from './pages/webhooks.tsx';

const places = [
  { to: '/sources', title: 'Sources', icon: IconDatabase },
  { to: '/documents', title: 'Documents', icon: IconFiles },
  { to: '/search', title: 'Search', icon: IconSearch },
  { to: '/jobs', title: 'Syncs', icon: IconHistory },
  { to: '/schedules', title: 'Schedules', icon: IconCalendarTime },
  { to: '/transformations', title: 'Transformations', icon: IconWand },
  { to: '/collections', title: 'Projects and tags', icon: IconTags },
  { to: '/webhooks', title: 'Webhooks', icon: IconWebhook },
] as const;

export function App() {
  const { data, isPending, error, refetch } = useSession();
  if (isPending) return <Loading />;
  if (data === undefined) return <ProblemAlert error={error} retry={() => void refetch()} />;
  return data.session === null ? <SignInPage {...data} /> : <Shell session={data.session} />;
}

function Shell({ session }: { readonly session: Session }) {
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const [location] = useLocation();
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
          <Anchor component={Link} href="/sources" underline="never" c="inherit" aria-label="Headwater">
            <Group gap={8} wrap="nowrap">
              <img src={logo} width={26} height={26} alt="" />
              <Text fw={700} visibleFrom="xs">
                Headwater
              </Text>
            </Group>
          </Anchor>
          <QuickSearch />
          <ViewerMenu session={session} />
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
        <OfflineNotice />
        <Pages />
      </AppShell.Main>
    </AppShell>
  );
}

function Pages() {
  return (
    <Switch>
      <Route path="/">
        <Redirect to="/sources" replace />
      </Route>
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
      <Route path="/webhooks" component={WebhooksPage} />
      <Route path="/webhooks/:id">{({ id }) => <WebhookPage key={id} id={id} />}</Route>
      <Route>
        <NotFound what="Page" to="/" list="Overview" />
      </Route>
    </Switch>
  );
}

/** What is shown while the server does not answer is what it said last. */
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

function QuickSearch() {
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
        size="sm"
      />
    </form>
  );
}

function ViewerMenu({ session }: { readonly session: Session }) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = useSignOut();
  const schemes = [
    ['auto', 'System theme'],
    ['light', 'Light theme'],
    ['dark', 'Dark theme'],
  ] as const;
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Account and theme">
          <IconUser size={19} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{session.isLocal ? 'Local user' : session.userId}</Menu.Label>
        {schemes.map(([scheme, title]) => (
          <Menu.Item
            key={scheme}
            leftSection={<IconMoon size={15} aria-hidden />}
            onClick={() => setColorScheme(scheme)}
            fw={colorScheme === scheme ? 700 : 400}
          >
            {title}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item component="a" href="/docs">
          API reference
        </Menu.Item>
        {!session.isLocal && <Menu.Item onClick={() => signOut.mutate()}>Sign out</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  );
}
