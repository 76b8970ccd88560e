import { Button, Group, Modal, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { ProblemAlert } from './status-views.tsx';

/** Asks before it deletes: what goes and what stays is in `children`. */
export function DeleteButton({
  label = 'Delete',
  question,
  children,
  removal,
  onDelete,
}: {
  readonly label?: string;
  readonly question: string;
  readonly children: ReactNode;
  readonly removal: { readonly error: Error | null; readonly isPending: boolean };
  readonly onDelete: () => void;
}) {
  const [isAsking, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button variant="light" color="red" onClick={open}>
        {label}
      </Button>
      <Modal opened={isAsking} onClose={close} title={question} closeButtonProps={{ 'aria-label': 'Close' }}>
        <Stack>
          {children}
          <ProblemAlert error={removal.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Leave it
            </Button>
            <Button color="red" loading={removal.isPending} onClick={onDelete}>
              Delete
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
