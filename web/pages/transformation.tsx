import { SimpleGrid } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useTransformationKinds, useTransformations } from '../api/transformations.ts';
import { Page } from '../components/page.tsx';
import { NotFound, NotLoaded } from '../components/status-views.tsx';
import { type Draft, newDraft, TransformationForm } from '../components/transformation-form.tsx';
import { TransformationPreview } from '../components/transformation-preview.tsx';
import { useUnsavedFields } from '../components/unsaved.ts';

/** A transformation beside a preview on a document. @param id `new` for a new one */
export function TransformationPage({ id }: { readonly id: string }) {
  const kinds = useTransformationKinds();
  const transformations = useTransformations();
  const { data } = transformations;
  const existing = data?.find((one) => one.id === id);
  const above = [{ title: 'Transformations', to: '/transformations' }];
  if (data === undefined) return <NotLoaded query={transformations} title="Could not load the transformations" />;
  if (kinds.data === undefined) return <NotLoaded query={kinds} title="Could not load the types" />;
  if (existing === undefined && id !== 'new')
    return <NotFound what="Transformation" to="/transformations" list="All transformations" />;
  return (
    <Page title={existing?.name ?? 'Add a transformation'} above={above}>
      <Editor id={existing?.id ?? null} initial={existing ?? newDraft} />
    </Page>
  );
}

function Editor({ id, initial }: { readonly id: string | null; readonly initial: Draft }) {
  const [draft, setDraft] = useState<Draft>(initial);
  const [settled] = useDebouncedValue(draft, 400);
  useUnsavedFields(draft);
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
      <TransformationForm id={id} draft={draft} onChange={setDraft} />
      <TransformationPreview draft={settled} />
    </SimpleGrid>
  );
}
