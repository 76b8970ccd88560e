import { Alert, Card, SimpleGrid, Text } from '@mantine/core';
import type { JobPlan } from '../api/types.ts';
import { bytes, count, duration, money, shortCount } from '../format.ts';

/** What a sync would do, and what it would cost. */
export function PlanFigures({ plan }: { readonly plan: JobPlan }) {
  const figures = [
    ['Would add', count(plan.create)],
    ['Would update', count(plan.update)],
    ['Would remove', count(plan.remove)],
    ['Would leave out', count(plan.skip)],
    ['To fetch', bytes(plan.bytes)],
    ['Tokens, about', shortCount(plan.tokens)],
    ['Embedding, about', money(plan.embeddingDollars)],
    ['Time, about', plan.estimatedSeconds === null ? 'not known yet' : duration(plan.estimatedSeconds)],
  ] as const;
  return (
    <Card withBorder radius="md" component="section" aria-label="The plan">
      <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="md">
        {figures.map(([name, value]) => (
          <div key={name}>
            <Text size="xs" c="dimmed">
              {name}
            </Text>
            <Text fw={600} fz="lg">
              {value}
            </Text>
          </div>
        ))}
      </SimpleGrid>
      {plan.removalsNeedApproval && (
        <Alert color="yellow" mt="md">
          So many removals would wait for your approval.
        </Alert>
      )}
    </Card>
  );
}
