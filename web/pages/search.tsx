import { Alert, Anchor, Box, Button, Card, Group, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown, IconSearch, IconZoomExclamation } from '@tabler/icons-react';
import { useEffect } from 'react';
import { Link } from 'wouter';
import { useSearch } from '../api/search.ts';
import type { SearchHit } from '../api/types.ts';
import { useAddress, useAddressText } from '../components/address.ts';
import { ClearFilters } from '../components/filter-bar.tsx';
import { rememberSearch } from '../components/first-steps.tsx';
import { FinerModel } from '../components/finer-model.tsx';
import { Highlighted } from '../components/highlighted.tsx';
import { Page } from '../components/page.tsx';
import { clearFilters, countFilters, readFilters, SearchFilterBar } from '../components/search-filters.tsx';
import { SourceIcon } from '../components/source-icon.tsx';
import { Empty, Loading, ProblemAlert } from '../components/status-views.tsx';
import { Time } from '../components/time.tsx';
import { plural } from '../format.ts';

/** Query and filters live in the address, so that a search can be bookmarked and shared. */
export function SearchPage() {
  const { asked, text, setText } = useAddressText('q');
  return (
    <Page title="Search">
      <TextInput
        aria-label="Search query"
        placeholder="Ask a question or enter keywords"
        size="md"
        mb="xs"
        leftSection={<IconSearch size={18} aria-hidden />}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        maxLength={2000}
      />
      <SearchFilterBar />
      {asked === '' ? (
        <>
          <Empty icon={<IconSearch size={28} />} title="Search your documents">
            Finds passages by meaning and by keywords across all synced sources.
          </Empty>
          <FinerModel />
        </>
      ) : (
        <Hits asked={asked} />
      )}
    </Page>
  );
}

function Hits({ asked }: { readonly asked: string }) {
  const address = useAddress();
  const { data: hits, isLoading, isPlaceholderData, error, refetch } = useSearch(asked, readFilters(address));
  useEffect(rememberSearch, []);
  if (isLoading) return <Loading />;
  // The previous results stay, faded, until the next ones arrive.
  const isFar = hits?.every((hit) => hit.highlights.length === 0) === true;
  const shown = isFar ? (hits?.slice(0, nearestShown) ?? []) : (hits ?? []);
  const fading = { opacity: isPlaceholderData && error === null ? 0.5 : 1 };
  return (
    <>
      <ProblemAlert error={error} retry={() => void refetch()} title="Search failed" />
      <Text size="sm" c="dimmed" mb="xs" aria-live="polite">
        {shown.length > 0 && error === null && !isFar && plural(shown.length, 'document')}
      </Text>
      {shown.length > 0 && error === null && isFar && <NoExactMatch />}
      {hits?.length === 0 && error === null && <NothingFound />}
      <Stack gap="sm" style={fading} aria-busy={isPlaceholderData}>
        {error === null && shown.map((hit) => <Hit key={hit.documentId} hit={hit} />)}
      </Stack>
    </>
  );
}

/** Some documents are always nearest by meaning. If none contains a word of the query, only a few are shown, with a note. */
const nearestShown = 5;

function NoExactMatch() {
  return (
    <Alert color="gray" mb="sm" title="No document contains these words">
      The closest by meaning are shown below. They may not be relevant.
    </Alert>
  );
}

function NothingFound() {
  const address = useAddress();
  const on = countFilters(address);
  const icon = <IconZoomExclamation size={28} />;
  if (on === 0)
    return (
      <Empty icon={icon} title="No results">
        Try different or fewer keywords.
      </Empty>
    );
  return (
    <Empty
      icon={icon}
      title="No results with these filters"
      action={<ClearFilters clear={() => clearFilters(address)} />}
    >
      {plural(on, 'filter is', 'filters are')} active. Clear them to search everything.
    </Empty>
  );
}

function Hit({ hit }: { readonly hit: SearchHit }) {
  return (
    <Card withBorder radius="md" component="article">
      <Group gap="sm" wrap="nowrap" align="flex-start">
        <SourceIcon type={hit.sourceType} size={32} />
        <div style={{ minWidth: 0, flex: 1 }}>
          <Anchor component={Link} href={`/documents/${hit.documentId}`} fw={600}>
            <bdi>{hit.title}</bdi>
          </Anchor>
          <Text span size="sm" c="dimmed">
            {placeOf(hit)}
          </Text>
          <Text size="xs" c="dimmed" truncate>
            <bdi>{hit.path}</bdi> · <Time at={hit.modifiedAt} none="unknown date" />
          </Text>
          <Text size="sm" mt={6} lineClamp={4} dir="auto" style={{ overflowWrap: 'anywhere' }}>
            <Highlighted text={hit.snippet} ranges={hit.highlights} />
          </Text>
          {hit.otherPassages.length > 0 && <OtherPassages passages={hit.otherPassages} />}
        </div>
      </Group>
    </Card>
  );
}

/** Says where in the document the passage is: its page and headings, which the citation names after the title. */
function placeOf({ citation, title }: SearchHit): string {
  return citation.startsWith(`${title}, `) ? ` · ${citation.slice(title.length + 2).replaceAll(' > ', ' › ')}` : '';
}

/** Further passages of the same document. */
function OtherPassages({ passages }: { readonly passages: SearchHit['otherPassages'] }) {
  const [isOpen, { toggle }] = useDisclosure(false);
  return (
    <Box mt={6}>
      <Button
        variant="subtle"
        size="compact-xs"
        ml={-8}
        onClick={toggle}
        aria-expanded={isOpen}
        rightSection={
          <IconChevronDown size={12} aria-hidden style={{ transform: isOpen ? 'rotate(180deg)' : undefined }} />
        }
      >
        {plural(passages.length, 'more passage')}
      </Button>
      {isOpen &&
        passages.map((passage) => (
          <Text
            key={passage.chunkId}
            size="xs"
            mt={6}
            pl="xs"
            lineClamp={4}
            style={{ overflowWrap: 'anywhere', borderLeft: '2px solid var(--mantine-color-default-border)' }}
          >
            <Highlighted text={passage.snippet} ranges={passage.highlights} />
          </Text>
        ))}
    </Box>
  );
}
