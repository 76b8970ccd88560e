/** A form generated from the JSON Schema of a config, so that a new source needs no code here. */

import { Checkbox, JsonInput, NumberInput, Select, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { ChoiceSource } from '../api/sources.ts';
import { ChoiceInput } from './choice-input.tsx';
import { fieldError } from './status-views.tsx';

export type Config = Readonly<Record<string, unknown>>;

interface FieldSchema {
  readonly type?: string;
  /** The label, if it is not the field’s name in words. */
  readonly title?: string;
  /** The name of a field without which this one has no effect. */
  readonly shownIf?: string;
  /** The kind of value that may be typed in beside the choices, if any. */
  readonly typed?: string;
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly items?: FieldSchema;
}

interface ConfigFormProps {
  readonly schema: Readonly<Record<string, unknown>>;
  readonly choiceFields: readonly string[];
  /** Null while the account is not connected: values are then typed in. */
  readonly chooseFrom: ChoiceSource | null;
  readonly value: Config;
  readonly onChange: (config: Config) => void;
  readonly error: Error | null;
  /** The place of the config in the request body. */
  readonly path?: string;
}

export function ConfigForm({
  schema,
  choiceFields,
  chooseFrom,
  value,
  onChange,
  error,
  path = 'config',
}: ConfigFormProps) {
  const fields = (schema['properties'] ?? {}) as Readonly<Record<string, FieldSchema>>;
  const isOn = (name: string | undefined): boolean =>
    name === undefined || (value[name] ?? fields[name]?.default) === true;
  const properties = Object.entries(fields).filter(([, { shownIf }]) => isOn(shownIf));
  const required = new Set((schema['required'] ?? []) as readonly string[]);
  if (properties.length === 0) return <Text c="dimmed">This source has no settings.</Text>;
  return (
    <Stack gap="lg">
      {properties.map(([name, field]) => (
        <ConfigField
          key={name}
          name={name}
          field={field}
          isRequired={required.has(name)}
          chooseFrom={choiceFields.includes(name) ? chooseFrom : null}
          value={value[name] ?? field.default}
          error={fieldError(error, `${path}.${name}`)}
          onChange={(next) => onChange(withField(value, name, next))}
        />
      ))}
    </Stack>
  );
}

/** A field without a value is omitted, so that the API’s default applies. */
function withField(config: Config, name: string, next: unknown): Config {
  const { [name]: _before, ...rest } = config;
  return next === undefined ? rest : { ...rest, [name]: next };
}

interface FieldProps {
  readonly name: string;
  readonly field: FieldSchema;
  readonly isRequired: boolean;
  readonly chooseFrom: ChoiceSource | null;
  readonly value: unknown;
  readonly error: string | undefined;
  readonly onChange: (value: unknown) => void;
}

interface JsonFieldProps {
  readonly label: string;
  readonly description: string | undefined;
  readonly error: string | undefined;
  readonly required: boolean;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}

function ConfigField({ name, field, isRequired, chooseFrom, value, error, onChange }: FieldProps) {
  const shared = { label: field.title ?? labelOf(name), description: field.description, error, required: isRequired };
  if (chooseFrom !== null) {
    const isMany = field.type === 'array';
    return (
      <ChoiceInput
        {...shared}
        source={chooseFrom}
        field={name}
        isMany={isMany}
        typed={field.typed}
        value={value}
        onChange={onChange}
      />
    );
  }
  if (field.type === 'boolean')
    return (
      <Checkbox
        {...shared}
        required={false}
        checked={value === true}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  if (field.type === 'array' && field.items?.type === 'object')
    return <JsonField {...shared} value={value} onChange={onChange} />;
  if (field.type === 'array')
    return (
      <TagsInput
        {...shared}
        value={(value ?? []) as string[]}
        onChange={(tags) => onChange(tags.length === 0 ? undefined : tags)}
      />
    );
  if (field.type === 'number' || field.type === 'integer')
    return (
      <NumberInput
        {...shared}
        value={(value ?? '') as number}
        onChange={(number) => onChange(number === '' ? undefined : Number(number))}
      />
    );
  if (field.enum !== undefined)
    return (
      <Select
        {...shared}
        data={[...field.enum]}
        value={(value ?? null) as string | null}
        onChange={(chosen) => onChange(chosen ?? undefined)}
      />
    );
  return (
    <TextInput
      {...shared}
      {...(field.format === 'date' ? { type: 'date', styles: { wrapper: { maxWidth: 200 } } } : {})}
      value={(value ?? '') as string}
      onChange={({ currentTarget }) => onChange(currentTarget.value === '' ? undefined : currentTarget.value)}
    />
  );
}

/** A field without a form of its own is edited as JSON. */
function JsonField({ value, onChange, ...shared }: JsonFieldProps) {
  const [text, setText] = useState(value === undefined ? '' : JSON.stringify(value, null, 2));
  const change = (next: string): void => {
    setText(next);
    if (next.trim() === '') onChange(undefined);
    else if (isJson(next)) onChange(JSON.parse(next));
  };
  return (
    <JsonInput
      {...shared}
      value={text}
      onChange={change}
      validationError="This is not valid JSON."
      autosize
      minRows={2}
    />
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Turns `includeSharedDrives` into “Include shared drives”, and `sharedDriveIds` into “Shared drives”. */
function labelOf(name: string): string {
  const words = name
    .replaceAll(/([A-Z]+)/g, ' $1')
    .toLowerCase()
    .replace(/ ids$/, 's')
    .replace(/ id$/, '')
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
