import { Anchor, Checkbox, Group, Text } from '@mantine/core';
import { IconFiles } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import { type DocumentOrder, type DocumentQuery, useDocuments } from '../api/documents.ts';
import { useSources } from '../api/sources.ts';
import type { DataSource, Document } from '../api/types.ts';
import { count, plural } from '../format.ts';
import { useAddress } from './address.ts';
import { DocumentActions, maxSelected } from './document-actions.tsx';
import { Notices } from './notices.tsx';
import { type Column, Rows } from './rows.tsx';
import { SourceIcon } from './source-icon.tsx';
import { Empty } from './status-views.tsx';
import { Time } from './time.tsx';

interface DocumentListProps {
  readonly filter: DocumentQuery;
  /** Shown if no document matches. */
  readonly empty?: ReactNode;
}

export function DocumentList({ filter, empty = <NoDocuments /> }: DocumentListProps) {
  const { one, change } = useAddress();
  const order = orders.find((known) => known === one('order')) ?? 'changed';
  const documents = useDocuments(filter, order);
  const sources = useSources().data ?? [];
  const first = documents.data?.pages[0];
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set());
  const loaded = documents.data?.pages.flatMap((page) => page.rows.map(({ id }) => id)) ?? [];
  // What the filters no longer show is not selected either.
  const ids = loaded.filter((id) => chosen.has(id)).slice(0, maxSelected);
  return (
    <>
      {first !== undefined && first.rows.length > 0 && (
        <Text size="sm" c="dimmed" mb="xs" role="status">
          {totalOf(first.about?.total ?? null)}
        </Text>
      )}
      <Rows
        label="Documents"
        pages={documents}
        columns={[
          selection(loaded, new Set(ids), choose),
          ...columnsOf(order, filter.dataSourceId === undefined ? sources : null, (next) =>
            change({ order: next === order ? null : next }),
          ),
        ]}
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

/** Which source a document is from, in lists of several sources. */
function sourceColumn(sources: readonly DataSource[]): SortableColumn {
  return {
    title: 'Source',
    width: '170px',
    wideOnly: true,
    cell: ({ dataSourceId }) => {
      const source = sources.find(({ id }) => id === dataSourceId);
      if (source === undefined) return null;
      return (
        <Group gap="xs" wrap="nowrap">
          <SourceIcon type={source.sourceType} size={22} />
          <Text size="sm" truncate dir="auto">
            {source.name}
          </Text>
        </Group>
      );
    },
  };
}

function NoDocuments() {
  return (
    <Empty icon={<IconFiles size={28} />} title="No documents yet">
      Documents appear with the first sync.
    </Empty>
  );
}

const orders: readonly DocumentOrder[] = ['changed', 'title', 'modified', 'tokens'];

function totalOf(total: number | null): string {
  return total === null ? 'More than 100,000 documents' : plural(total, 'document');
}

/**
 * A second click returns to the usual order, the latest change first.
 * @param sources null in the list of one source
 */
function columnsOf(
  order: DocumentOrder,
  sources: readonly DataSource[] | null,
  choose: (order: DocumentOrder) => void,
): Column<Document>[] {
  const all = [titleColumn, ...(sources === null ? [] : [sourceColumn(sources)]), ...figureColumns];
  return all.map(({ order: own, ...column }) => {
    if (own === undefined) return column;
    const direction = own === 'title' ? 'ascending' : 'descending';
    return { ...column, sort: { isOn: own === order, direction, choose: () => choose(own) } };
  });
}

type SortableColumn = Column<Document> & { readonly order?: DocumentOrder };

const titleColumn: SortableColumn = {
  title: 'Document',
  order: 'title',
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
};

const figureColumns: readonly SortableColumn[] = [
  { title: 'Chunks', width: '80px', align: 'right', wideOnly: true, cell: (document) => count(document.chunkCount) },
  {
    title: 'Tokens',
    order: 'tokens',
    width: '90px',
    align: 'right',
    wideOnly: true,
    cell: (document) => count(document.tokens),
  },
  {
    title: 'Modified',
    order: 'modified',
    width: '120px',
    cell: (document) => <Time at={document.modifiedAt ?? document.updatedAt} />,
  },
];
