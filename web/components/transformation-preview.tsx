import { Alert, Card, Group, Select, Stack, Text, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { ProblemError } from '../api/client.ts';
import { useDocuments } from '../api/documents.ts';
import { useTransformationPreview } from '../api/transformations.ts';
import type { PreviewTransformationsData } from '../api/types.ts';
import { plural } from '../format.ts';
import { Loading, ProblemAlert } from './status-views.tsx';
import type { Draft } from './transformation-form.tsx';

type Preview = PreviewTransformationsData['preview'];

/** Shows what the draft does to a real document, updated while typing. Nothing is stored. */
export function TransformationPreview({ draft }: { readonly draft: Draft }) {
  const [documentId, setDocument] = useState<string | null>(null);
  const [text, setText] = useState('');
  const [asked] = useDebouncedValue(text.trim(), 250);
  const documents = useDocuments({ text: asked === '' ? undefined : asked }, 'changed');
  const found = documents.data?.pages.flatMap((page) => page.rows) ?? [];
  const { transformationType, config } = draft;
  const chosen = documentId ?? found[0]?.id ?? null;
  const preview = useTransformationPreview(
    chosen === null ? null : { documentId: chosen, transformations: [{ transformationType, config }] },
  );
  return (
    <Card withBorder radius="md" component="section" aria-label="Preview of the transformation">
      <Stack>
        <Title order={2} size="h5">
          Preview
        </Title>
        <Select
          aria-label="Document"
          placeholder="Choose a document"
          searchable
          data={found.map(({ id, title }) => ({ value: id, label: title }))}
          filter={({ options }) => options}
          value={chosen}
          onChange={setDocument}
          onSearchChange={setText}
        />
        {chosen === null && !documents.isPending && (
          <Text size="sm" c="dimmed">
            {asked === ''
              ? 'Sync a source first: a preview needs a document.'
              : 'No document has this in its title or path.'}
          </Text>
        )}
        {(documents.isPending || preview.isLoading) && <Loading />}
        {isUnfinished(preview.error) ? (
          <Text size="sm" c="dimmed" role="status">
            The preview appears once the form is complete: {preview.error?.message}
          </Text>
        ) : (
          <ProblemAlert error={preview.error} title="No preview" />
        )}
        {preview.error === null && preview.data !== undefined && <Outcome preview={preview.data} />}
      </Stack>
    </Card>
  );
}

/** A form that is still being filled in is not a mistake. */
function isUnfinished(error: Error | null): boolean {
  return error instanceof ProblemError && error.status === 400;
}

function Outcome({ preview: { excluded, before, after, diff, chunksToEmbed } }: { readonly preview: Preview }) {
  if (excluded !== null) return <Alert color="yellow">This document would be skipped: {excluded.message}</Alert>;
  return (
    <>
      <Group gap="lg" fz="sm" c="dimmed">
        <span>
          {plural(before.chunkCount, 'chunk')} before, {after?.chunkCount ?? 0} after
        </span>
        <span>{plural(chunksToEmbed, 'chunk')} to embed</span>
      </Group>
      <Text
        component="div"
        size="sm"
        mah={560}
        tabIndex={0}
        role="group"
        aria-label="Text after the transformation"
        style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', overflowY: 'auto', lineHeight: 1.6 }}
      >
        {diff === null ? after?.text : diff.map((part, at) => <Part key={`${at} ${part.kind}`} {...part} />)}
      </Text>
    </>
  );
}

function Part({ kind, text }: NonNullable<Preview['diff']>[number]) {
  if (kind === 'removed') return <del>{text}</del>;
  return kind === 'added' ? <ins>{text}</ins> : <>{text}</>;
}
