import { ActionIcon, Alert, Button, Card, Group, Stack, Switch, Text } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconPencil, IconPlus, IconWand } from '@tabler/icons-react';
import { Link } from 'wouter';
import { useSourceTypes } from '../api/sources.ts';
import {
  type Transformation,
  useDeleteTransformation,
  useOrderTransformations,
  useReprocess,
  useStale,
  useTransformations,
  useUpdateTransformation,
} from '../api/transformations.ts';
import { ConfirmButton } from '../components/confirm-button.tsx';
import { Page } from '../components/page.tsx';
import { Empty, NotLoaded, ProblemAlert } from '../components/status-views.tsx';
import { kindLabel } from '../components/transformation-form.tsx';
import { plural } from '../format.ts';

/** Steps applied in order to extracted text before it is split into chunks. */
export function TransformationsPage() {
  const transformations = useTransformations();
  const { data } = transformations;
  const add = (
    <Button component={Link} href="/transformations/new" leftSection={<IconPlus size={16} aria-hidden />}>
      Add a transformation
    </Button>
  );
  return (
    <Page title="Transformations" actions={add}>
      <StaleNote />
      <NotLoaded query={transformations} />
      {data?.length === 0 && (
        <Empty icon={<IconWand size={28} />} title="No transformations yet" action={add}>
          Clean, redact, filter and chunk text before it is indexed. Preview each transformation on your own documents.
        </Empty>
      )}
      <Stack gap="sm">
        {data?.map((one, at) => (
          <TransformationCard key={one.id} transformation={one} all={data} at={at} />
        ))}
      </Stack>
    </Page>
  );
}

/** Changed transformations apply to new content; stored documents are updated on request. */
function StaleNote() {
  const { data: sources = [] } = useStale();
  const reprocess = useReprocess();
  const items = sources.reduce((sum, source) => sum + source.items, 0);
  if (items === 0) return null;
  return (
    <Alert color="yellow" mb="md" title={`${plural(items, 'document uses', 'documents use')} outdated transformations`}>
      <Text size="sm" mb="sm">
        The next sync of each source updates them. Or update them now from the stored text, without downloading again.
      </Text>
      <Button size="xs" loading={reprocess.isPending} onClick={() => reprocess.mutate()}>
        Update now
      </Button>
      {reprocess.data?.notStarted.map(({ dataSourceId, message }) => (
        <Text key={dataSourceId} size="sm" mt="xs">
          {message}
        </Text>
      ))}
      {reprocess.data?.warning != null && <Alert color="yellow">{reprocess.data.warning}</Alert>}
      <ProblemAlert error={reprocess.error} title="Could not start" />
    </Alert>
  );
}

interface CardProps {
  readonly transformation: Transformation;
  /** In the order in which they run. */
  readonly all: readonly Transformation[];
  readonly at: number;
}

function TransformationCard({ transformation, all, at }: CardProps) {
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
            {kindLabel(transformationType)} · {where}
          </Text>
        </div>
        <Group gap={4} wrap="nowrap">
          <Switch
            aria-label="Active"
            checked={isActive}
            onChange={(event) => update.mutate({ id, isActive: event.currentTarget.checked })}
          />
          <OrderButtons all={all} at={at} />
          <ActionIcon component={Link} href={`/transformations/${id}`} variant="subtle" color="gray" aria-label="Edit">
            <IconPencil size={17} />
          </ActionIcon>
          <ConfirmButton isIcon question={`Delete “${name}”?`} action={remove} onConfirm={() => remove.mutate(id)}>
            <Text size="sm">
              Content synced from now on is no longer changed by it. Stored documents stay as they are until they are
              updated.
            </Text>
          </ConfirmButton>
        </Group>
      </Group>
      <ProblemAlert error={update.error} title="Could not change the transformation" />
    </Card>
  );
}

/** Moves a transformation before or after its neighbor. */
function OrderButtons({ all, at }: { readonly all: readonly Transformation[]; readonly at: number }) {
  const order = useOrderTransformations();
  const move = (to: number): void => {
    const next = [...all];
    next.splice(to, 0, ...next.splice(at, 1));
    order.mutate(next);
  };
  const shared = { variant: 'subtle', color: 'gray' } as const;
  return (
    <>
      <ActionIcon
        {...shared}
        aria-label="Run earlier"
        disabled={at === 0 || order.isPending}
        onClick={() => move(at - 1)}
      >
        <IconArrowUp size={17} />
      </ActionIcon>
      <ActionIcon
        {...shared}
        aria-label="Run later"
        disabled={at === all.length - 1 || order.isPending}
        onClick={() => move(at + 1)}
      >
        <IconArrowDown size={17} />
      </ActionIcon>
    </>
  );
}
