import { Anchor, Text } from '@mantine/core';
import { IconFiles } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { type DocumentQuery, useDocuments } from '../api/documents.ts';
import type { Document } from '../api/types.ts';
import { count } from '../format.ts';
import { type Column, Rows } from './rows.tsx';
import { Empty } from './status-views.tsx';
import { Time } from './time.tsx';

interface DocumentListProps {
  readonly filter: DocumentQuery;
  /** Shown if no document matches. */
  readonly empty?: ReactNode;
}

export function DocumentList({ filter, empty = <NoDocuments /> }: DocumentListProps) {
  return (
    <Rows
      label="Documents"
      pages={useDocuments(filter)}
      columns={columns}
      keyOf={(document) => document.id}
      empty={empty}
    />
  );
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
