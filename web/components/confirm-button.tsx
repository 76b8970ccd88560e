import { ActionIcon, Button, Group, Modal, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconTrash } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { ProblemAlert } from './status-views.tsx';

interface ConfirmProps {
  /** The label of the button, or the accessible name of its icon. */
  readonly label?: string;
  readonly question: string;
  /** Says what is deleted and what is kept. */
  readonly children: ReactNode;
  /** The verb of the button that does it. */
  readonly verb?: string;
  readonly isIcon?: boolean;
  /** Red by default, because most questions are about deleting. */
  readonly color?: string;
  readonly action: { readonly error: Error | null; readonly isPending: boolean };
  /** @param close closes the dialog; not needed if the page is left */
  readonly onConfirm: (close: () => void) => void;
}

/** Asks before something is deleted, disconnected, or costs money. */
export function ConfirmButton({
  label = 'Delete',
  question,
  children,
  verb = 'Delete',
  isIcon = false,
  color = 'red',
  action,
  onConfirm,
}: ConfirmProps) {
  const [isAsking, { open, close }] = useDisclosure(false);
  return (
    <>
      {isIcon ? (
        <ActionIcon variant="subtle" color="red" aria-label={label} onClick={open}>
          <IconTrash size={17} />
        </ActionIcon>
      ) : (
        <Button variant="light" color={color} style={{ flexShrink: 0 }} onClick={open}>
          {label}
        </Button>
      )}
      <Modal opened={isAsking} onClose={close} title={question} closeButtonProps={{ 'aria-label': 'Close' }}>
        <Stack>
          {children}
          <ProblemAlert error={action.error} title={`Could not ${verb.toLowerCase()}`} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              Cancel
            </Button>
            <Button color={color} loading={action.isPending} onClick={() => onConfirm(close)}>
              {verb}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
