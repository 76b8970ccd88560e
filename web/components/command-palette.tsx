/** Everything by keyboard: pages, actions, sources, syncs and documents in one list that typing narrows. */

import { Box, Combobox, Group, Kbd, Loader, Modal, Text, TextInput, useCombobox, VisuallyHidden } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { type Command, type CommandGroup, type Start, useCommands, useStart } from './commands.ts';
import { ProblemAlert } from './status-views.tsx';

/** Waits for a pause in typing before documents are searched, in milliseconds. */
const typingPauseMs = 200;

export function CommandPalette({ isOpen, close }: { readonly isOpen: boolean; readonly close: () => void }) {
  const [, go] = useLocation();
  const { start, reset, isPending, error } = useStart((to) => {
    close();
    go(to);
  });
  const leave = (): void => {
    close();
    // What is not answered yet still opens.
    if (!isPending) reset();
  };
  return (
    <Modal
      opened={isOpen}
      onClose={leave}
      withCloseButton={false}
      padding={0}
      size={620}
      yOffset="12vh"
      transitionProps={{ duration: 80 }}
      attributes={{ content: { 'aria-label': 'Command palette' } }}
    >
      <Palette close={leave} start={start} />
      {isPending && <Starting />}
      <ProblemAlert error={error} title="Could not start the sync" />
    </Modal>
  );
}

function Palette({ close, start }: { readonly close: () => void; readonly start: Start }) {
  const [text, setText] = useState('');
  const [settled] = useDebouncedValue(text.trim(), typingPauseMs);
  const [, go] = useLocation();
  const { groups, isSearching, error } = useCommands(text.trim(), settled, go, start);
  const combobox = useCombobox({ opened: true });
  const commands = groups.flatMap((group) => group.commands);
  const shown = commands.map(({ id }) => id).join(' ');
  // Enter runs the first match, as people expect of a palette.
  useEffect(() => {
    combobox.selectFirstOption();
    // oxlint-disable-next-line react/exhaustive-deps -- the store is another object at each rendering
  }, [shown]);
  const submit = (id: string): void => {
    const command = commands.find((one) => one.id === id);
    command?.run();
    if (command?.waits !== true) close();
  };
  return (
    <Combobox store={combobox} onOptionSubmit={submit}>
      <Combobox.EventsTarget withAriaAttributes withExpandedAttribute>
        <TextInput
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          placeholder="Search or run a command"
          aria-label="Search or run a command"
          role="combobox"
          size="md"
          leftSection={<IconSearch size={18} aria-hidden />}
          rightSection={<Kbd size="xs">Esc</Kbd>}
          rightSectionWidth={56}
          data-autofocus
          styles={{
            input: { border: 0, borderBottom: '1px solid var(--mantine-color-default-border)', borderRadius: 0 },
          }}
        />
      </Combobox.EventsTarget>
      <VisuallyHidden role="status">{isSearching ? 'Searching' : resultsOf(commands.length)}</VisuallyHidden>
      <ProblemAlert error={error} title="Could not search the documents" />
      <Box mah="min(420px, 60vh)" tabIndex={-1} style={{ overflowY: 'auto' }}>
        <Combobox.Options p={6} aria-label="Results">
          {groups.map((group) => (
            <CommandOptions key={group.title} group={group} />
          ))}
          {commands.length === 0 && <Combobox.Empty>{isSearching ? 'Searching…' : 'No matches'}</Combobox.Empty>}
        </Combobox.Options>
      </Box>
    </Combobox>
  );
}

function Starting() {
  return (
    <Group gap="xs" p="sm" role="status">
      <Loader size="xs" />
      <Text size="sm">Starting…</Text>
    </Group>
  );
}

function CommandOptions({ group: { title, commands } }: { readonly group: CommandGroup }) {
  if (commands.length === 0) return null;
  return (
    <Combobox.Group label={title}>
      {commands.map((command) => (
        <Combobox.Option key={command.id} value={command.id} py={8}>
          <CommandLine command={command} />
        </Combobox.Option>
      ))}
    </Combobox.Group>
  );
}

function CommandLine({ command: { label, detail, icon: Icon } }: { readonly command: Command }) {
  return (
    <Group gap="sm" wrap="nowrap">
      <Icon size={17} stroke={1.7} aria-hidden style={{ flexShrink: 0, opacity: 0.75 }} />
      <Text size="sm" truncate dir="auto" style={{ flexShrink: 0, maxWidth: '70%' }}>
        {label}
      </Text>
      {detail !== undefined && (
        <Text size="xs" truncate dir="auto" ml="auto" style={{ opacity: 0.9 }}>
          {detail}
        </Text>
      )}
    </Group>
  );
}

function resultsOf(found: number): string {
  return found === 1 ? '1 result' : `${found} results`;
}
