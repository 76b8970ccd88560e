import { Group, Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconFilter } from '@tabler/icons-react';
import { useState } from 'react';
import { useSources } from '../api/queries.ts';
import { DocumentList } from '../components/document-list.tsx';
import { Page } from '../components/page.tsx';

export function DocumentsPage() {
  const [text, setText] = useState('');
  const [asked] = useDebouncedValue(text.trim(), 250);
  const [dataSourceId, setSource] = useState<string | null>(null);
  const sources = useSources();
  return (
    <Page title="Documents">
      <Group mb="md" gap="sm">
        <TextInput
          aria-label="Title or path"
          placeholder="Title or path"
          leftSection={<IconFilter size={16} aria-hidden />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          style={{ flex: 1, minWidth: 160 }}
          maxLength={200}
        />
        <Select
          aria-label="Source"
          placeholder="All sources"
          clearable
          data={sources.data?.map(({ id, name }) => ({ value: id, label: name })) ?? []}
          value={dataSourceId}
          onChange={setSource}
        />
      </Group>
      <DocumentList filter={{ text: asked === '' ? undefined : asked, dataSourceId: dataSourceId ?? undefined }} />
    </Page>
  );
}
