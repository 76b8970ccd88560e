import { TextInput } from '@mantine/core';
import { IconFiles, IconFilter } from '@tabler/icons-react';
import { useAddress, useAddressText } from '../components/address.ts';
import { DocumentList } from '../components/document-list.tsx';
import { AddressSelect, ClearFilters, FilterBar, OneFilter } from '../components/filter-bar.tsx';
import { Page } from '../components/page.tsx';
import { Empty } from '../components/status-views.tsx';

/** The most common formats; other documents are found by title. */
const mediaTypes = [
  { value: 'application/pdf', label: 'PDF' },
  { value: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', label: 'Word' },
  { value: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', label: 'Excel' },
  { value: 'application/vnd.google-apps.document', label: 'Google Docs' },
  { value: 'application/vnd.google-apps.spreadsheet', label: 'Google Sheets' },
  { value: 'text/markdown', label: 'Markdown' },
  { value: 'text/html', label: 'Web page' },
  { value: 'text/csv', label: 'CSV' },
  { value: 'message/rfc822', label: 'Email' },
  { value: 'text/plain', label: 'Plain text' },
];
const filterNames = ['source', 'type', 'project', 'tag', 'kind'] as const;
const none = { text: null, source: null, type: null, project: null, tag: null, kind: null };

export function DocumentsPage() {
  const { one, change } = useAddress();
  const { asked, text, setText } = useAddressText('text');
  const on = filterNames.filter((name) => one(name) !== null).length;
  const clear = (): void => change(none);
  return (
    <Page title="Documents">
      <TextInput
        aria-label="Filter by title or path"
        placeholder="Filter by title or path"
        mb="xs"
        leftSection={<IconFilter size={16} aria-hidden />}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        maxLength={200}
      />
      <FilterBar on={on} clear={clear}>
        <OneFilter name="source" />
        <OneFilter name="type" />
        <OneFilter name="project" />
        <OneFilter name="tag" />
        <AddressSelect name="kind" label="Format" placeholder="All formats" data={mediaTypes} />
      </FilterBar>
      <DocumentList
        filter={{
          text: asked === '' ? undefined : asked,
          dataSourceId: one('source') ?? undefined,
          sourceType: one('type') ?? undefined,
          projectId: one('project') ?? undefined,
          tagId: one('tag') ?? undefined,
          mimeType: one('kind') ?? undefined,
        }}
        empty={on === 0 && asked === '' ? undefined : <NoMatch on={on} clear={clear} />}
      />
    </Page>
  );
}

function NoMatch({ on, clear }: { readonly on: number; readonly clear: () => void }) {
  return (
    <Empty
      icon={<IconFiles size={28} />}
      title={on === 0 ? 'No matching documents' : 'No documents with these filters'}
      action={on > 0 && <ClearFilters clear={clear} />}
    >
      {on === 0
        ? 'No title or path contains this text. Use search to look inside documents.'
        : 'Clear the filters to see all documents.'}
    </Empty>
  );
}
