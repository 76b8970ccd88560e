import { Box, MultiSelect, SimpleGrid } from '@mantine/core';
import { type KeyboardEvent, useState } from 'react';
import { type CollectionKind, useAssign, useCollections } from '../api/collections.ts';
import type { FullDocument } from '../api/documents.ts';
import { Notices } from './notices.tsx';
import { showUndo } from './undo.tsx';
import { ProblemAlert } from './status-views.tsx';

/** A document’s projects and tags, assigned and removed by hand. */
export function DocumentCollections({ document }: { readonly document: FullDocument }) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} mb="lg" spacing="sm">
      <Notices />
      <Collections kind="project" label="Projects" document={document} current={document.projects} />
      <Collections kind="tag" label="Tags" document={document} current={document.tags} />
    </SimpleGrid>
  );
}

interface CollectionsProps {
  readonly kind: CollectionKind;
  readonly label: string;
  readonly document: FullDocument;
  readonly current: readonly { readonly id: string; readonly name: string }[];
}

/** Marks a name that does not exist yet; no id contains a colon. */
const newValue = 'new:';

function Collections({ kind, label, document, current }: CollectionsProps) {
  const { data = current } = useCollections(kind);
  const assign = useAssign(kind, document.id);
  const [typed, setTyped] = useState('');
  const name = typed.trim();
  const isNew = name !== '' && !data.some((one) => one.name.toLowerCase() === name.toLowerCase());
  const chosen = current.map(({ id }) => id);
  const change = (next: readonly string[]): void => {
    const added = next.find((value) => !chosen.includes(value));
    const removed = chosen.find((value) => !next.includes(value));
    if (added?.startsWith(newValue) === true) assign.mutate({ verb: 'add', name: added.slice(newValue.length) });
    else if (added !== undefined) assign.mutate({ verb: 'assign', id: added });
    else if (removed !== undefined) {
      const removedName = current.find((one) => one.id === removed)?.name ?? '';
      const undo = (): void => assign.mutate({ verb: 'assign', id: removed });
      assign.mutate({ verb: 'remove', id: removed }, { onSuccess: () => showUndo(`Removed “${removedName}”`, undo) });
    }
  };
  /** Enter takes what is typed, unless an option was chosen with the arrow keys. */
  const takeTyped = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key !== 'Enter' || name === '' || event.currentTarget.hasAttribute('aria-activedescendant')) return;
    event.preventDefault();
    const known = data.find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (known === undefined) assign.mutate({ verb: 'add', name });
    else if (!chosen.includes(known.id)) assign.mutate({ verb: 'assign', id: known.id });
    setTyped('');
  };
  return (
    <Box>
      <MultiSelect
        label={label}
        placeholder={chosen.length === 0 ? `Add a ${kind}` : ''}
        data={[
          ...data.map((one) => ({ value: one.id, label: one.name })),
          ...(isNew ? [{ value: newValue + name, label: `Create “${name}”` }] : []),
        ]}
        value={shown(chosen, assign)}
        onChange={change}
        searchable
        searchValue={typed}
        onSearchChange={setTyped}
        onKeyDown={takeTyped}
        hidePickedOptions
        limit={100}
        nothingFoundMessage={`Type a name to create a ${kind}`}
        styles={{ inputField: { minWidth: 30 } }}
      />
      <ProblemAlert error={assign.error} title={`Could not change the ${kind}s`} />
    </Box>
  );
}

/** The expected result, while the change is being saved. */
function shown(chosen: readonly string[], { isPending, variables }: ReturnType<typeof useAssign>): string[] {
  if (!isPending || variables.verb === 'add') return [...chosen];
  return variables.verb === 'assign'
    ? [...new Set([...chosen, variables.id])]
    : chosen.filter((id) => id !== variables.id);
}
