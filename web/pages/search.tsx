import { Anchor, Card, Group, MultiSelect, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch, IconZoomExclamation } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { useSearch, useSources } from '../api/queries.ts';
import type { SearchHit } from '../api/types.ts';
import { Highlighted } from '../components/highlighted.tsx';
import { Page } from '../components/page.tsx';
import { SourceIcon } from '../components/source-icon.tsx';
import { Empty, Loading, ProblemAlert } from '../components/states.tsx';
import { Time } from '../components/time.tsx';

/** The question stands in the address: a search can be kept and sent. */
export function SearchPage() {
  const [params, setParams] = useSearchParams();
  const asked = params.get('q') ?? '';
  const [text, setText] = useState(asked);
  const [settled] = useDebouncedValue(text.trim(), 300);
  const [sourceIds, setSources] = useState<string[]>([]);
  const sources = useSources();
  useEffect(() => setText(asked), [asked]);
  useEffect(() => {
    if (settled !== asked && settled === text.trim())
      setParams(settled === '' ? {} : { q: settled }, { replace: true });
  }, [settled, asked, text, setParams]);
  const {
    data: hits,
    isLoading,
    error,
    refetch,
  } = useSearch(asked, sourceIds.length === 0 ? {} : { dataSourceIds: sourceIds });
  return (
    <Page title="Search">
      <Group mb="md" gap="sm" align="flex-start">
        <TextInput
          aria-label="Question or words"
          placeholder="A question, or words that must be in it"
          size="md"
          leftSection={<IconSearch size={18} aria-hidden />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          style={{ flex: '1 1 320px' }}
          maxLength={2000}
        />
        <MultiSelect
          aria-label="Sources"
          placeholder={sourceIds.length === 0 ? 'All sources' : ''}
          size="md"
          data={sources.data?.map(({ id, name }) => ({ value: id, label: name })) ?? []}
          value={sourceIds}
          onChange={setSources}
          clearable
          style={{ flex: '0 1 260px' }}
        />
      </Group>
      {isLoading && <Loading />}
      <ProblemAlert error={error} retry={() => void refetch()} />
      {asked === '' && (
        <Empty icon={<IconSearch size={28} />} title="Ask your documents">
          By meaning and by words, over everything that is synced.
        </Empty>
      )}
      {asked !== '' && hits?.length === 0 && (
        <Empty icon={<IconZoomExclamation size={28} />} title="Nothing found">
          Try other words, or fewer.
        </Empty>
      )}
      <Stack gap="sm" aria-live="polite">
        {asked !== '' && hits?.map((hit) => <Hit key={hit.documentId} hit={hit} query={asked} />)}
      </Stack>
    </Page>
  );
}

function Hit({ hit, query }: { readonly hit: SearchHit; readonly query: string }) {
  return (
    <Card withBorder radius="md" component="article">
      <Group gap="sm" wrap="nowrap" align="flex-start">
        <SourceIcon type={hit.sourceType} size={32} />
        <div style={{ minWidth: 0 }}>
          <Anchor component={Link} href={`/documents/${hit.documentId}`} fw={600}>
            {hit.title}
          </Anchor>
          <Text size="xs" c="dimmed" truncate>
            {hit.path} · <Time at={hit.modifiedAt} none="time unknown" />
          </Text>
          <Text size="sm" mt={6} lineClamp={4} style={{ overflowWrap: 'anywhere' }}>
            <Highlighted text={hit.snippet} query={query} />
          </Text>
        </div>
      </Group>
    </Card>
  );
}
