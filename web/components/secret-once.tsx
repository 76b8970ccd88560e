import { Button, CopyButton, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { mayLeave } from './unsaved.ts';

interface DialogProps {
  readonly title: string;
  /** The title once the secret is shown. */
  readonly titleAfter: string;
  readonly close: () => void;
  /** @param onSecret receives what the API returns only once */
  readonly form: (onSecret: (secret: string) => void) => ReactNode;
  /** The label of the secret. */
  readonly label: string;
  /** The text that says what it is for, and what to do if it is lost. */
  readonly children: ReactNode;
}

/** Adds something that has a secret, and shows the secret once. */
export function SecretDialog({ title, titleAfter, close, form, label, children }: DialogProps) {
  const [secret, setSecret] = useState<string | null>(null);
  // Neither what was typed nor the secret is lost to a click beside the dialog; the secret not to Escape either.
  const isSecret = secret !== null;
  return (
    <Modal
      opened
      onClose={() => mayLeave() && close()}
      title={isSecret ? titleAfter : title}
      closeButtonProps={{ 'aria-label': 'Close' }}
      withCloseButton={!isSecret}
      closeOnClickOutside={false}
      closeOnEscape={!isSecret}
    >
      {isSecret ? (
        <SecretOnce label={label} secret={secret} onDone={close}>
          {children}
        </SecretOnce>
      ) : (
        form(setSecret)
      )}
    </Modal>
  );
}

interface SecretProps extends Pick<DialogProps, 'label' | 'children'> {
  readonly secret: string;
  readonly onDone: () => void;
}

function SecretOnce({ label, secret, onDone, children }: SecretProps) {
  return (
    <Stack>
      <Text size="sm">{children}</Text>
      <TextInput
        label={label}
        value={secret}
        readOnly
        data-autofocus
        onFocus={(event) => event.currentTarget.select()}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      />
      <Group justify="space-between">
        <CopyButton value={secret}>
          {({ copied, copy }) => (
            <Button
              variant="default"
              onClick={copy}
              leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
            >
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onDone}>I’ve saved it</Button>
      </Group>
    </Stack>
  );
}
