/** Views in place of content: loading, empty, not found, an error. */

import { Alert, Button, Center, Loader, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconAlertTriangle, IconFileUnknown } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import { ProblemError } from '../api/client.ts';

export function Loading() {
  return (
    <Center py={64} role="status" aria-label="Loading">
      <Loader type="dots" />
    </Center>
  );
}

interface EmptyProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

export function Empty({ icon, title, children, action }: EmptyProps) {
  return (
    <Center py={56} px="md">
      <Stack align="center" gap="sm" maw={440} ta="center">
        <ThemeIcon size={56} radius="xl" variant="light" aria-hidden>
          {icon}
        </ThemeIcon>
        <Title order={2} size="h4">
          {title}
        </Title>
        <Text c="dimmed" size="sm">
          {children}
        </Text>
        {action}
      </Stack>
    </Center>
  );
}

interface ProblemAlertProps {
  readonly error: Error | null;
  readonly retry?: () => void;
  /** The thing that could not be done: “Could not start the sync”. */
  readonly title?: string;
}

/** An error with the API’s own explanation. Nothing while there is none. */
export function ProblemAlert({ error, retry, title }: ProblemAlertProps) {
  if (error === null) return null;
  const needsSignIn = error instanceof ProblemError && error.code === 'needs_sign_in';
  return (
    <Alert
      color={needsSignIn ? 'yellow' : 'red'}
      icon={<IconAlertTriangle size={18} aria-hidden />}
      role="alert"
      title={title ?? titleOf(error)}
    >
      <Text size="sm">{error.message}</Text>
      {retry !== undefined && (
        <Button variant="light" color="red" size="xs" mt="xs" onClick={retry}>
          Try again
        </Button>
      )}
    </Alert>
  );
}

interface NotLoadedProps {
  readonly query: { readonly data: unknown; readonly error: Error | null; readonly refetch: () => unknown };
  readonly title?: string;
}

/**
 * In place of what has not been loaded: dots, or why not. The reason stays while the request is repeated, or the two would
 * alternate every few seconds for as long as the database is away.
 */
export function NotLoaded({ query: { data, error, refetch }, title }: NotLoadedProps) {
  const [last, setLast] = useState<Error | null>(null);
  if (error !== null && error !== last) setLast(error);
  if (data !== undefined) return null;
  const shown = error ?? last;
  if (shown === null) return <Loading />;
  return <ProblemAlert error={shown} retry={() => void refetch()} {...(title === undefined ? {} : { title })} />;
}

function titleOf(error: Error): string {
  if (!(error instanceof ProblemError)) return 'Something went wrong';
  if (error.code === 'needs_sign_in') return 'Sign-in required';
  if (error.status === 0) return 'No connection';
  return error.status === 400 ? 'Check your input' : 'Something went wrong';
}

/** For an address that leads nowhere. @param what “source”, “sync” */
export function NotFound({ what, to, list }: { readonly what: string; readonly to: string; readonly list: string }) {
  return (
    <Empty
      icon={<IconFileUnknown size={28} />}
      title={`${what} not found`}
      action={
        <Button component={Link} href={to} variant="light">
          {list}
        </Button>
      }
    >
      It may have been deleted, or the address is incomplete.
    </Empty>
  );
}

/** Whether the API answered that the object does not exist or that the id is invalid. */
export function isNotFound(error: Error | null): boolean {
  return (
    error instanceof ProblemError &&
    (error.status === 404 || (error.status === 400 && error.code === 'invalid_request'))
  );
}

/** The API’s message about one field. */
export function fieldError(error: Error | null, field: string): string | undefined {
  if (!(error instanceof ProblemError)) return undefined;
  return error.errors.find((one) => one.field === field || one.field.startsWith(`${field}.`))?.message;
}
