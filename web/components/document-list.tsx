import { Anchor, Text } from '@mantine/core';
import { IconFiles } from '@tabler/icons-react';
import { Link } from 'wouter';
import { type DocumentQuery, useDocuments } from '../api/queries.ts';
import type { Document } from '../api/types.ts';
import { count } from '../words.ts';
import { type Column, Rows } from './rows.tsx';
import { Empty } from './states.tsx';
import { Time } from './time.tsx';

export function DocumentList({ filter }: { readonly filter: DocumentQuery }) {
  return (
    <Rows
      label="Documents"
      pages={useDocuments(filter)}
      columns={columns}
      keyOf={(document) => document.id}
      empty={
        <Empty icon={<IconFiles size={28} />} title="No documents">
          {filter.text === undefined
            ? 'Documents come with the first sync.'
            : 'No title or path holds these words. The search looks into the text.'}
        </Empty>
      }
    />
  );
}

const columns: readonly Column<Document>[] = [
  {
    title: 'Document',
    width: 'minmax(0, 1fr)',
    cell: (document) => (
      <>
        <Anchor component={Link} href={`/documents/${document.id}`} fz="sm" truncate display="block">
          {document.title}
        </Anchor>
        <Text size="xs" c="dimmed" truncate>
          {document.path ?? document.externalId}
        </Text>
      </>
    ),
  },
  { title: 'Chunks', width: '80px', align: 'right', wideOnly: true, cell: (document) => count(document.chunkCount) },
  { title: 'Tokens', width: '90px', align: 'right', wideOnly: true, cell: (document) => count(document.tokens) },
  { title: 'Changed', width: '120px', cell: (document) => <Time at={document.modifiedAt ?? document.updatedAt} /> },
];
