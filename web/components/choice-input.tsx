/** A choice from what the account contains: flat or nested, one or several. */

import {
  ActionIcon,
  Badge,
  Box,
  Button,
  Checkbox,
  Group,
  Input,
  Loader,
  Radio,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { IconChevronRight, IconX } from '@tabler/icons-react';
import { type KeyboardEvent, useState } from 'react';
import { type ChoiceSource, useChoiceLabels, useChoices } from '../api/sources.ts';
import type { Choice } from '../api/types.ts';
import { ProblemAlert } from './status-views.tsx';

interface ChoiceInputProps {
  readonly label: string;
  readonly description: string | undefined;
  readonly error: string | undefined;
  readonly required: boolean;
  readonly source: ChoiceSource;
  readonly field: string;
  readonly isMany: boolean;
  /** The text that may be typed in beside the choices; undefined if nothing may. */
  readonly typed: string | undefined;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}

export function ChoiceInput({
  label,
  description,
  error,
  required,
  source,
  field,
  isMany,
  typed,
  value,
  onChange,
}: ChoiceInputProps) {
  const chosen = (Array.isArray(value) ? value : [value]).filter(
    (one): one is string => typeof one === 'string' && one !== '',
  );
  const labels = useChoiceLabels(source, field);
  const set = (next: readonly string[]): void => {
    if (next.length === 0) onChange(undefined);
    else onChange(isMany ? next : next.at(-1));
  };
  const toggle = (one: string): void => {
    if (chosen.includes(one)) set(chosen.filter((other) => other !== one));
    else set(isMany ? [...chosen, one] : [one]);
  };
  return (
    <Input.Wrapper label={label} description={description} error={error} required={required} labelElement="div">
      {chosen.length > 0 && (
        <Group gap={6} mt="xs">
          {chosen.map((one) => (
            <Badge
              key={one}
              variant="light"
              tt="none"
              size="lg"
              rightSection={<Remove name={labels.get(one) ?? one} onClick={() => toggle(one)} />}
            >
              {labels.get(one) ?? one}
            </Badge>
          ))}
        </Group>
      )}
      <Box
        mt="xs"
        p="xs"
        mah={280}
        style={{
          overflowY: 'auto',
          border: '1px solid var(--mantine-color-default-border)',
          borderRadius: 'var(--mantine-radius-md)',
        }}
        role="group"
        aria-label={label}
        tabIndex={0}
      >
        <Level source={source} field={field} within={null} isMany={isMany} chosen={chosen} toggle={toggle} />
      </Box>
      {typed !== undefined && <TypedChoice label={label} what={typed} add={(one) => set([...chosen, one])} />}
    </Input.Wrapper>
  );
}

interface TypedChoiceProps {
  readonly label: string;
  readonly what: string;
  readonly add: (value: string) => void;
}

/** Adds what the choices do not offer: a pattern, or what the account did not list. */
function TypedChoice({ label, what, add }: TypedChoiceProps) {
  const [text, setText] = useState('');
  const submit = (): void => {
    if (text.trim() === '') return;
    add(text.trim());
    setText('');
  };
  const submitOnEnter = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.nativeEvent.isComposing) return;
    // Otherwise the form around it would be submitted.
    event.preventDefault();
    submit();
  };
  return (
    <Group gap="xs" mt="xs" wrap="nowrap">
      <TextInput
        size="xs"
        aria-label={`${label}: ${what}`}
        placeholder={what}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={submitOnEnter}
        style={{ flex: 1 }}
      />
      <Button size="xs" variant="default" disabled={text.trim() === ''} onClick={submit}>
        Add
      </Button>
    </Group>
  );
}

function Remove({ name, onClick }: { readonly name: string; readonly onClick: () => void }) {
  return (
    <ActionIcon size="xs" variant="transparent" onClick={onClick} aria-label={`Remove ${name}`}>
      <IconX size={12} />
    </ActionIcon>
  );
}

interface LevelProps {
  readonly source: ChoiceSource;
  readonly field: string;
  readonly within: string | null;
  readonly isMany: boolean;
  readonly chosen: readonly string[];
  readonly toggle: (value: string) => void;
}

function Level({ within, ...shared }: LevelProps) {
  const { data, isPending, error, refetch } = useChoices(shared.source, shared.field, within, true);
  if (isPending) return <Loader size="xs" m="xs" aria-label="Loading choices" />;
  if (error !== null)
    return <ProblemAlert error={error} retry={() => void refetch()} title="Could not load the choices" />;
  if (data.choices.length === 0)
    return (
      <Text size="sm" c="dimmed" p={6}>
        Empty
      </Text>
    );
  return (
    <Stack gap={2}>
      {data.choices.map((choice) => (
        <Line key={choice.value} choice={choice} within={within} {...shared} />
      ))}
    </Stack>
  );
}

function Line({ choice, ...shared }: LevelProps & { readonly choice: Choice }) {
  const [isOpen, setOpen] = useState(false);
  const Mark = shared.isMany ? Checkbox : Radio;
  return (
    <div>
      <Group gap="xs" wrap="nowrap" mih={30}>
        <Mark
          label={choice.label}
          checked={shared.chosen.includes(choice.value)}
          onChange={() => shared.toggle(choice.value)}
          size="sm"
          style={{ flex: 1 }}
        />
        {choice.hasChildren && (
          <Button
            variant="subtle"
            size="compact-xs"
            color="gray"
            aria-expanded={isOpen}
            aria-label={`Show the contents of ${choice.label}`}
            onClick={() => setOpen(!isOpen)}
            rightSection={<IconChevronRight size={12} style={{ transform: isOpen ? 'rotate(90deg)' : undefined }} />}
          >
            Contents
          </Button>
        )}
      </Group>
      {isOpen && (
        <Box pl="lg">
          <Level {...shared} within={choice.value} />
        </Box>
      )}
    </div>
  );
}
