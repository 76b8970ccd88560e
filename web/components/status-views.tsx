/** What is shown instead of content: it is on its way, it is not there, it went wrong. */

import { Alert, Button, Center, Loader, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
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

/** @param exceptFields whose errors stand beside their fields already */
export function ProblemAlert({ error, retry }: { readonly error: Error | null; readonly retry?: () => void }) {
  if (error === null) return null;
  const needsSignIn = error instanceof ProblemError && error.code === 'needs_sign_in';
  return (
    <Alert
      color={needsSignIn ? 'yellow' : 'red'}
      icon={<IconAlertTriangle size={18} aria-hidden />}
      role="alert"
      title={needsSignIn ? 'A sign-in is needed' : 'That did not work'}
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

/** The message for one field, as the API has put it. */
export function fieldError(error: Error | null, field: string): string | undefined {
  if (!(error instanceof ProblemError)) return undefined;
  return error.errors.find((one) => one.field === field || one.field.startsWith(`${field}.`))?.message;
}
