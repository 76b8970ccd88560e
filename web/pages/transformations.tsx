import { ActionIcon, Alert, Button, Card, Group, Stack, Switch, Text } from '@mantine/core';
import { IconPencil, IconPlus, IconTrash, IconWand } from '@tabler/icons-react';
import { Link } from 'wouter';
import {
  type Transformation,
  useDeleteTransformation,
  useReprocess,
  useSourceTypes,
  useStale,
  useTransformations,
  useUpdateTransformation,
} from '../api/queries.ts';
import { Page } from '../components/page.tsx';
import { Empty, Loading, ProblemAlert } from '../components/status-views.tsx';
import { kindWords } from '../components/transformation-form.tsx';
import { plural } from '../format.ts';

/** What is done with text between reading and cutting, in order. */
export function TransformationsPage() {
  const { data, isPending, error, refetch } = useTransformations();
  const add = (
    <Button component={Link} href="/transformations/new" leftSection={<IconPlus size={16} aria-hidden />}>
      Add a transformation
    </Button>
  );
  return (
    <Page title="Transformations" actions={add}>
      <StaleNote />
      {isPending && <Loading />}
      {data === undefined && <ProblemAlert error={error} retry={() => void refetch()} />}
      {data?.length === 0 && (
        <Empty icon={<IconWand size={28} />} title="No transformations" action={add}>
          They clean, redact, filter and cut text on its way to the documents. Each can be tried on a document first.
        </Empty>
      )}
      <Stack gap="sm">
        {data?.map((one) => (
          <TransformationCard key={one.id} transformation={one} />
        ))}
      </Stack>
    </Page>
  );
}

/** A change applies to what comes; what is stored is brought up to date on request. */
function StaleNote() {
  const { data: sources = [] } = useStale();
  const reprocess = useReprocess();
  const items = sources.reduce((sum, source) => sum + source.items, 0);
  if (items === 0) return null;
  return (
    <Alert color="yellow" mb="md" title={`${plural(items, 'item')} were made by other transformations`}>
      <Text size="sm" mb="sm">
        They are taken up by the next sync of their source, or now, from the text that is kept.
      </Text>
      <Button size="xs" loading={reprocess.isPending} onClick={() => reprocess.mutate()}>
        Re-process them now
      </Button>
      {reprocess.data?.notStarted.map(({ dataSourceId, message }) => (
        <Text key={dataSourceId} size="sm" mt="xs">
          {message}
        </Text>
      ))}
      <ProblemAlert error={reprocess.error} />
    </Alert>
  );
}

function TransformationCard({ transformation }: { readonly transformation: Transformation }) {
  const { id, name, isActive, sourceType, transformationType } = transformation;
  const update = useUpdateTransformation();
  const remove = useDeleteTransformation();
  const types = useSourceTypes();
  const where = types.data?.find((type) => type.sourceType === sourceType)?.label ?? 'All sources';
  return (
    <Card withBorder radius="md" component="section" aria-label={name}>
      <Group justify="space-between" wrap="nowrap">
        <div style={{ minWidth: 0 }}>
          <Text fw={600} truncate>
            {name}
          </Text>
          <Text size="sm" c="dimmed">
            {kindWords(transformationType)} · {where}
          </Text>
        </div>
        <Group gap={4} wrap="nowrap">
          <Switch
            aria-label="Switched on"
            checked={isActive}
            onChange={(event) => update.mutate({ id, isActive: event.currentTarget.checked })}
          />
          <ActionIcon
            component={Link}
            href={`/transformations/${id}`}
            variant="subtle"
            color="gray"
            aria-label="Change"
          >
            <IconPencil size={17} />
          </ActionIcon>
          <ActionIcon variant="subtle" color="red" aria-label="Delete" onClick={() => remove.mutate(id)}>
            <IconTrash size={17} />
          </ActionIcon>
        </Group>
      </Group>
      <ProblemAlert error={update.error ?? remove.error} />
    </Card>
  );
}
