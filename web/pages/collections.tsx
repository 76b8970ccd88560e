import {
  ActionIcon,
  Anchor,
  Button,
  Card,
  Group,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { type FormEvent, useEffect, useState } from 'react';
import { Link } from 'wouter';
import {
  type Collection,
  type CollectionKind,
  useCollections,
  useCreateCollection,
  useCreateRule,
  useDeleteCollection,
  useDeleteRule,
  useRenameCollection,
  useRules,
} from '../api/collections.ts';
import { useSources } from '../api/sources.ts';
import { ConfirmButton } from '../components/confirm-button.tsx';
import { Notices } from '../components/notices.tsx';
import { Page } from '../components/page.tsx';
import { showUndo } from '../components/undo.tsx';
import { fieldError, NotLoaded, ProblemAlert } from '../components/status-views.tsx';
import { useUnsaved } from '../components/unsaved.ts';
import { plural } from '../format.ts';

/** Projects and tags, and the rules that assign documents to them. */
export function CollectionsPage() {
  return (
    <Page title="Projects and tags">
      <Notices />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
        <Collections kind="project" title="Projects" />
        <Collections kind="tag" title="Tags" />
      </SimpleGrid>
    </Page>
  );
}

const nothingYet = {
  project:
    'No projects yet. A project gathers documents of any source; searches, assistants and keys can be limited to it.',
  tag: 'No tags yet. A tag marks documents, by hand or by a rule; lists and searches filter by it.',
} as const;

function Collections({ kind, title }: { readonly kind: CollectionKind; readonly title: string }) {
  const collections = useCollections(kind);
  const { data } = collections;
  const create = useCreateCollection(kind);
  const [name, setName] = useState('');
  useUnsaved(name !== '');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    create.mutate(name, { onSuccess: () => setName('') });
  };
  return (
    <Stack component="section" aria-label={title}>
      <Title order={2} size="h4">
        {title}
      </Title>
      <Group component="form" onSubmit={submit} align="flex-start" gap="xs">
        <TextInput
          aria-label={`New ${kind}`}
          placeholder={`New ${kind}`}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fieldError(create.error, 'name')}
          required
          style={{ flex: 1 }}
        />
        <Button type="submit" loading={create.isPending}>
          Add
        </Button>
      </Group>
      <ProblemAlert error={create.error} title={`Could not add the ${kind}`} />
      <NotLoaded query={collections} />
      {data?.length === 0 && (
        <Text size="sm" c="dimmed">
          {nothingYet[kind]}
        </Text>
      )}
      {data?.map((one) => (
        <CollectionCard key={one.id} kind={kind} collection={one} />
      ))}
    </Stack>
  );
}

function CollectionCard({ kind, collection }: { readonly kind: CollectionKind; readonly collection: Collection }) {
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState(collection.name);
  // Renamed elsewhere, the field shows that too: a click into an old name and out of it would rename it back.
  useEffect(() => setName(collection.name), [collection.name]);
  const remove = useDeleteCollection(kind);
  const rename = useRenameCollection(kind);
  return (
    <Card withBorder radius="md" padding="sm" component="section" aria-label={collection.name}>
      <Group justify="flex-end" style={{ rowGap: 0 }}>
        <TextInput
          variant="unstyled"
          aria-label="Name"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          onBlur={() => name !== collection.name && rename.mutate({ id: collection.id, name })}
          // On a narrow phone the name has a line of its own.
          style={{ flex: '1 1 130px' }}
        />
        <Anchor component={Link} href={`/documents?${kind}=${collection.id}`} fz="sm" style={{ whiteSpace: 'nowrap' }}>
          {plural(collection.documents, 'document')}
        </Anchor>
        <Button variant="subtle" size="compact-sm" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          Rules
        </Button>
        <ConfirmButton
          isIcon
          label={`Delete ${collection.name}`}
          question={`Delete “${collection.name}”?`}
          action={remove}
          onConfirm={() => remove.mutate(collection.id)}
        >
          <Text size="sm">
            The {kind} and its rules are deleted. Its {plural(collection.documents, 'document stays', 'documents stay')}
            .
          </Text>
        </ConfirmButton>
      </Group>
      <ProblemAlert error={rename.error} title="Could not rename it" />
      {isOpen && <Rules kind={kind} id={collection.id} />}
    </Card>
  );
}

function Rules({ kind, id }: { readonly kind: CollectionKind; readonly id: string }) {
  const rules = useRules(kind, id);
  const sources = useSources();
  const create = useCreateRule(kind, id);
  const remove = useDeleteRule(kind, id);
  const [dataSourceId, setSource] = useState<string | null>(null);
  const [path, setPath] = useState('');
  useUnsaved(path !== '');
  const nameOf = (source: string): string => sources.data?.find((one) => one.id === source)?.name ?? 'Deleted source';
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (dataSourceId !== null)
      create.mutate({ dataSourceId, path: path.trim() === '' ? null : path.trim() }, { onSuccess: () => setPath('') });
  };
  return (
    <Stack gap="xs" mt="xs">
      {rules.data?.map((rule) => (
        <Group key={rule.id} justify="space-between" wrap="nowrap">
          <Text size="sm">
            {nameOf(rule.dataSourceId)}: {rule.path ?? 'all documents'}
          </Text>
          <ActionIcon
            variant="subtle"
            color="red"
            aria-label={`Delete the rule for ${nameOf(rule.dataSourceId)}: ${rule.path ?? 'all documents'}`}
            loading={remove.isPending && remove.variables === rule.id}
            onClick={() =>
              remove.mutate(rule.id, {
                onSuccess: () =>
                  showUndo('Rule deleted', () => create.mutate({ dataSourceId: rule.dataSourceId, path: rule.path })),
              })
            }
          >
            <IconTrash size={17} />
          </ActionIcon>
        </Group>
      ))}
      <Group component="form" onSubmit={submit} gap="xs" align="flex-start">
        <Select
          size="xs"
          aria-label="Source"
          placeholder="Source"
          required
          data={sources.data?.map((one) => ({ value: one.id, label: one.name })) ?? []}
          value={dataSourceId}
          onChange={setSource}
        />
        <TextInput
          size="xs"
          aria-label="Folder or pattern"
          placeholder="Folder or Reports/**/*.pdf"
          value={path}
          onChange={(event) => setPath(event.currentTarget.value)}
          error={fieldError(create.error, 'path')}
          style={{ flex: 1 }}
        />
        <Button size="xs" type="submit" loading={create.isPending}>
          Add rule
        </Button>
      </Group>
      <ProblemAlert error={remove.error} title="Could not delete the rule" />
      <ProblemAlert error={create.error} title="Could not add the rule" />
    </Stack>
  );
}
