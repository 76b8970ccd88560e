/** Actions on several documents at once. */

import { Button, Group, Paper, Select, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type CollectionKind, useAssignMany, useCollections } from '../api/collections.ts';
import { useDeleteDocuments } from '../api/documents.ts';
import { plural } from '../format.ts';
import { ConfirmButton } from './confirm-button.tsx';
import { ProblemAlert } from './status-views.tsx';

/** The API assigns at most so many at once. */
export const maxSelected = 1000;

interface DocumentActionsProps {
  readonly ids: readonly string[];
  readonly clear: () => void;
}

export function DocumentActions({ ids, clear }: DocumentActionsProps) {
  const remove = useDeleteDocuments();
  const documents = plural(ids.length, 'document');
  if (ids.length === 0) return null;
  return (
    <Paper
      withBorder
      shadow="md"
      radius="md"
      p="xs"
      mt="sm"
      role="region"
      aria-label="Selected documents"
      style={{ position: 'sticky', bottom: 12, zIndex: 5 }}
    >
      <Group gap="xs">
        <Text size="sm" fw={600} role="status" px="xs">
          {documents} selected
        </Text>
        <AssignSelect kind="tag" ids={ids} />
        <AssignSelect kind="project" ids={ids} />
        <ConfirmButton
          question={`Delete ${documents}?`}
          action={remove}
          onConfirm={(close) =>
            remove.mutate(ids, {
              onSuccess: () => {
                close();
                clear();
                notifications.show({ message: `${documents} deleted` });
              },
            })
          }
        >
          <Text size="sm">
            They are deleted from Headwater, not from their sources. Later syncs skip them until you sync them by hand.
          </Text>
        </ConfirmButton>
        <Button variant="subtle" color="gray" onClick={clear}>
          Clear selection
        </Button>
      </Group>
    </Paper>
  );
}

function AssignSelect({ kind, ids }: { readonly kind: CollectionKind; readonly ids: readonly string[] }) {
  const { data = [] } = useCollections(kind);
  const assign = useAssignMany(kind);
  const add = (id: string | null): void => {
    const name = data.find((one) => one.id === id)?.name;
    if (id === null || name === undefined) return;
    assign.mutate(
      { id, documentIds: ids },
      { onSuccess: () => notifications.show({ message: `${plural(ids.length, 'document')} added to “${name}”` }) },
    );
  };
  return (
    <div>
      <Select
        aria-label={`Add a ${kind} to the selected documents`}
        placeholder={`Add a ${kind}`}
        data={data.map(({ id, name }) => ({ value: id, label: name }))}
        value={null}
        onChange={add}
        searchable
        limit={100}
        nothingFoundMessage={`No such ${kind}`}
        disabled={assign.isPending}
        w={170}
      />
      <ProblemAlert error={assign.error} title={`Could not add the ${kind}`} />
    </div>
  );
}
