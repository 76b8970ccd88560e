import { Button, Card, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import type { FormEvent } from 'react';
import { useLocation } from 'wouter';
import { useSourceTypes } from '../api/sources.ts';
import { useCreateTransformation, useTransformationKinds, useUpdateTransformation } from '../api/transformations.ts';
import type { SourceType } from '../api/types.ts';
import { type Config, ConfigForm } from './config-form.tsx';
import { fieldError, ProblemAlert } from './status-views.tsx';
import { leaveSaved } from './unsaved.ts';

export interface Draft {
  readonly name: string;
  readonly sourceType: SourceType | null;
  readonly transformationType: string;
  readonly config: Config;
}

export const newDraft: Draft = { name: '', sourceType: null, transformationType: 'normalize', config: {} };

/** Turns `strip_boilerplate` into “Strip boilerplate”. */
export function kindLabel(type: string): string {
  const words = type.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

interface TransformationFormProps {
  /** Null for a new one. The kind of an existing one cannot be changed. */
  readonly id: string | null;
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
}

export function TransformationForm({ id, draft, onChange }: TransformationFormProps) {
  const kinds = useTransformationKinds();
  const types = useSourceTypes();
  const create = useCreateTransformation();
  const update = useUpdateTransformation();
  const [, go] = useLocation();
  const kind = kinds.data?.find(({ type }) => type === draft.transformationType);
  const { name, sourceType, transformationType, config } = draft;
  const error = create.error ?? update.error;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const done = { onSuccess: () => leaveSaved(() => go('/transformations')) };
    if (id === null) create.mutate({ name, sourceType, transformationType, config }, done);
    else update.mutate({ id, name, sourceType, config: { ...config } }, done);
  };
  return (
    <Card withBorder radius="md" component="form" onSubmit={submit}>
      <Stack>
        <TextInput
          label="Name"
          required
          value={name}
          onChange={(event) => onChange({ ...draft, name: event.currentTarget.value })}
          error={fieldError(error, 'name')}
        />
        <Select
          label="Type"
          description={kind?.description}
          disabled={id !== null}
          allowDeselect={false}
          data={kinds.data?.map(({ type }) => ({ value: type, label: kindLabel(type) })) ?? []}
          value={transformationType}
          onChange={(type) => onChange({ ...draft, transformationType: type ?? 'normalize', config: {} })}
        />
        <Select
          label="Applies to"
          placeholder="All sources"
          clearable
          data={types.data?.map((type) => ({ value: type.sourceType, label: type.label })) ?? []}
          value={sourceType}
          onChange={(type) => onChange({ ...draft, sourceType: type })}
        />
        {kind !== undefined && (
          <ConfigForm
            key={kind.type}
            schema={kind.configSchema}
            choiceFields={[]}
            chooseFrom={null}
            value={config}
            onChange={(next) => onChange({ ...draft, config: next })}
            error={error}
          />
        )}
        <ProblemAlert error={error} title="Could not save the transformation" />
        <Group>
          <Button type="submit" loading={create.isPending || update.isPending}>
            Save
          </Button>
          <Text size="sm" c="dimmed">
            Applies to items synced from now on.
          </Text>
        </Group>
      </Stack>
    </Card>
  );
}
