import { Button, Group, MultiSelect, Radio, Select, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useCollections } from '../api/collections.ts';
import { serverNow } from '../api/connection.ts';
import { type ApiKey, useCreateApiKey } from '../api/keys.ts';
import { useSources } from '../api/sources.ts';
import { fieldError, ProblemAlert } from './status-views.tsx';
import { useUnsavedFields } from './unsaved.ts';

type Scope = ApiKey['scope'];

const scopes: Readonly<Record<Scope, readonly [label: string, description: string]>> = {
  read: ['Read', 'Search and read documents, also from assistants (MCP); see sources and syncs.'],
  sync: ['Sync', 'Also start, pause and cancel syncs.'],
  admin: ['Admin', 'Also add, change and delete sources and everything else, except keys.'],
};

export const scopeLabel = (scope: Scope): string => scopes[scope][0];

const lifetimes = { '30': '30 days', '90': '90 days', '365': 'One year', never: 'Never' } as const;
const dayMs = 86_400_000;

/** A key’s name, scope, limits and expiry. @param onCreated receives the key, which the API returns only once */
export function KeyForm({ onCreated }: { readonly onCreated: (secret: string) => void }) {
  const [name, setName] = useState('');
  const [scope, setScope] = useState<Scope>('read');
  const [dataSourceIds, setDataSourceIds] = useState<string[]>([]);
  const [projectIds, setProjectIds] = useState<string[]>([]);
  const [days, setDays] = useState<string>('90');
  const sources = useSources().data ?? [];
  const projects = useCollections('project').data ?? [];
  useUnsavedFields([name, scope, dataSourceIds, projectIds, days]);
  const create = useCreateApiKey();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const expiresAt = days === 'never' ? {} : { expiresAt: new Date(serverNow() + Number(days) * dayMs).toISOString() };
    const limits = {
      ...(dataSourceIds.length > 0 ? { dataSourceIds } : {}),
      ...(projectIds.length > 0 ? { projectIds } : {}),
    };
    const body = { name: name.trim(), scope, ...limits, ...expiresAt };
    create.mutate(body, { onSuccess: ({ secret }) => onCreated(secret) });
  };
  return (
    <Stack component="form" onSubmit={submit}>
      <TextInput
        label="Name"
        description="Which program uses it."
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={fieldError(create.error, 'name')}
        required
        autoComplete="off"
        data-autofocus
      />
      <Radio.Group label="Scope" value={scope} onChange={setScope}>
        <Stack gap="xs" mt="xs">
          {Object.entries(scopes).map(([value, [label, description]]) => (
            <Radio key={value} value={value} label={label} description={description} />
          ))}
        </Stack>
      </Radio.Group>
      <MultiSelect
        label="Sources"
        description="The key reads and syncs these only. Empty: all sources."
        placeholder={dataSourceIds.length === 0 ? 'All sources' : ''}
        data={sources.map((source) => ({ value: source.id, label: source.name }))}
        value={dataSourceIds}
        onChange={setDataSourceIds}
        searchable
      />
      <MultiSelect
        label="Projects"
        description="The key reads documents in these only. Empty: all documents."
        placeholder={projectIds.length === 0 ? 'All documents' : ''}
        data={projects.map((project) => ({ value: project.id, label: project.name }))}
        value={projectIds}
        onChange={setProjectIds}
        searchable
      />
      <Select
        label="Expires after"
        data={Object.entries(lifetimes).map(([value, label]) => ({ value, label }))}
        value={days}
        onChange={(value) => setDays(value ?? '90')}
        error={fieldError(create.error, 'expiresAt')}
        allowDeselect={false}
      />
      <ProblemAlert error={create.error} title="Could not create the key" />
      <Group justify="flex-end">
        <Button type="submit" loading={create.isPending}>
          Create key
        </Button>
      </Group>
    </Stack>
  );
}
