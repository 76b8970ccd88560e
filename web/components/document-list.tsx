import { Anchor, Checkbox, Text } from '@mantine/core';
import { IconFiles } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import { type DocumentQuery, useDocuments } from '../api/documents.ts';
import type { Document } from '../api/types.ts';
import { count } from '../format.ts';
import { DocumentActions, maxSelected } from './document-actions.tsx';
import { Notices } from './notices.tsx';
import { type Column, Rows } from './rows.tsx';
import { Empty } from './status-views.tsx';
import { Time } from './time.tsx';

interface DocumentListProps {
  readonly filter: DocumentQuery;
  /** Shown if no document matches. */
  readonly empty?: ReactNode;
}

export function DocumentList({ filter, empty = <NoDocuments /> }: DocumentListProps) {
  const documents = useDocuments(filter);
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set());
  const loaded = documents.data?.pages.flatMap((page) => page.rows.map(({ id }) => id)) ?? [];
  // What the filters no longer show is not selected either.
  const ids = loaded.filter((id) => chosen.has(id)).slice(0, maxSelected);
  return (
    <>
      <Rows
        label="Documents"
        pages={documents}
        columns={[selection(loaded, new Set(ids), choose), ...columns]}
        keyOf={(document) => document.id}
        empty={empty}
      />
      <Notices />
      <DocumentActions ids={ids} clear={() => choose(new Set())} />
    </>
  );
}

/** @param loaded the documents that have been loaded so far: all that “select all” can mean */
function selection(
  loaded: readonly string[],
  chosen: ReadonlySet<string>,
  choose: (ids: ReadonlySet<string>) => void,
): Column<Document> {
  const isAll = chosen.size > 0 && chosen.size === Math.min(loaded.length, maxSelected);
  const toggle = (id: string): void =>
    choose(chosen.has(id) ? new Set([...chosen].filter((one) => one !== id)) : new Set([...chosen, id]));
  return {
    title: 'Selected',
    head: (
      <Checkbox
        size="xs"
        aria-label="Select all loaded documents"
        checked={isAll}
        indeterminate={chosen.size > 0 && !isAll}
        onChange={() => choose(new Set(isAll ? [] : loaded.slice(0, maxSelected)))}
      />
    ),
    width: '20px',
    cell: ({ id, title }) => (
      <Checkbox size="xs" aria-label={`Select ${title}`} checked={chosen.has(id)} onChange={() => toggle(id)} />
    ),
  };
}

function NoDocuments() {
  return (
    <Empty icon={<IconFiles size={28} />} title="No documents yet">
      Documents appear with the first sync.
    </Empty>
  );
}

const columns: readonly Column<Document>[] = [
  {
    title: 'Document',
    width: 'minmax(0, 1fr)',
    cell: (document) => (
      <>
        <Anchor component={Link} href={`/documents/${document.id}`} fz="sm" truncate display="block" dir="auto">
          {document.title}
        </Anchor>
        <Text size="xs" c="dimmed" truncate dir="auto">
          {document.path ?? document.externalId}
        </Text>
      </>
    ),
  },
  { title: 'Chunks', width: '80px', align: 'right', wideOnly: true, cell: (document) => count(document.chunkCount) },
  { title: 'Tokens', width: '90px', align: 'right', wideOnly: true, cell: (document) => count(document.tokens) },
  { title: 'Modified', width: '120px', cell: (document) => <Time at={document.modifiedAt ?? document.updatedAt} /> },
];
