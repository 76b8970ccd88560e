import { Card, Code, Group, Stack, Text, Title } from '@mantine/core';
import type { VectorStatus } from '../api/types.ts';
import { useMoveVectors } from '../api/vectors.ts';
import { count, duration, money, plural } from '../format.ts';
import { ConfirmButton } from './confirm-button.tsx';

interface MoveProps {
  readonly status: VectorStatus;
  readonly from: NonNullable<VectorStatus['live']>;
  readonly move: NonNullable<VectorStatus['move']>;
}

/**
 * Offers the move to the configured model or store, with its cost first, and shows how far it is. It is all users’ move, so
 * others than an operator read who starts it.
 */
export function VectorMoveCard({ status: { configured }, from, move }: MoveProps) {
  const start = useMoveVectors();
  const [was, is] = move.isCopy ? [from.store, configured.store] : [from.model, configured.model];
  const isRunning = move.state === 'running' || start.isSuccess;
  return (
    <Card withBorder radius="md" padding="sm" component="section" aria-labelledby="vector-move">
      <Group wrap="nowrap" gap="md" justify="space-between">
        <div style={{ minWidth: 0 }}>
          <Title order={3} size="sm" id="vector-move">
            {isRunning ? `Moving to ${is}` : `Searches still use ${was}`}
          </Title>
          <Text size="sm" c="dimmed">
            {isRunning
              ? `${plural(move.texts, 'text')} left. Searches use ${was} until all are done.`
              : `The installation is set to ${is}. ${costOf(move)}`}
          </Text>
          {!isRunning && !move.canStart && (
            <Text size="sm" c="dimmed">
              An operator starts it: <Code>headwater vectors move</Code>
            </Text>
          )}
        </div>
        {!isRunning && move.canStart && (
          <ConfirmButton
            label="Move"
            verb="Move"
            color="blue"
            question={`Move to ${is}?`}
            action={start}
            onConfirm={(close) => start.mutate(undefined, { onSuccess: close })}
          >
            <Stack gap="xs">
              <Text size="sm">{costOf(move)}</Text>
              <Text size="sm">Searches use {was} until the move is complete. Syncs continue.</Text>
            </Stack>
          </ConfirmButton>
        )}
      </Group>
    </Card>
  );
}

function costOf({ isCopy, texts, tokens, dollars, seconds }: MoveProps['move']): string {
  if (isCopy) return `Moving copies the vectors of ${plural(texts, 'text')}. Nothing is embedded again.`;
  const price = dollars > 0 ? `, costs about ${money(dollars)}` : '';
  const time =
    seconds === null ? '; how long depends on the embedding server' : ` and takes about ${duration(seconds)}`;
  return `Moving embeds ${plural(texts, 'text')} (about ${count(tokens)} tokens)${price}${time}.`;
}
