import { Alert, Card, SimpleGrid, Text } from '@mantine/core';
import type { JobPlan } from '../api/types.ts';
import { bytes, count, duration, money, plural, shortCount } from '../format.ts';

/** Shows what a sync would do, and an estimate of its cost. */
export function PlanFigures({ plan }: { readonly plan: JobPlan }) {
  const isNothing = plan.create + plan.update + plan.retry + plan.remove === 0;
  const figures = [
    ['To add', count(plan.create)],
    ['To update', count(plan.update + plan.retry)],
    ['To remove', count(plan.remove)],
    ['To skip', count(plan.skip)],
    ['Download', approximately(bytes(plan.bytes), plan.unsized > 0)],
    ['Tokens', approximately(shortCount(plan.tokens), plan.tokens > 0)],
    ['Embedding cost', approximately(money(plan.embeddingDollars), plan.embeddingDollars > 0)],
    ['Duration', plan.estimatedSeconds === null ? 'Unknown' : `≈ ${duration(plan.estimatedSeconds)}`],
  ] as const;
  return (
    <Card withBorder radius="md" component="section" aria-label="Plan">
      {isNothing && (
        <Text mb="md" fw={600}>
          Everything is up to date. A sync would change nothing.
        </Text>
      )}
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
      <Text size="xs" c="dimmed" mt="md">
        {plan.unsized > 0
          ? `Rough guess: the source doesn’t report the size of ${plural(plan.unsized, 'item')}, so download, tokens, cost and duration may be far off.`
          : 'Tokens, cost and duration are estimates.'}
      </Text>
      {plan.removalsNeedApproval && (
        <Alert color="yellow" mt="md">
          These are unusually many removals. The sync would ask for your approval before it removes anything.
        </Alert>
      )}
    </Card>
  );
}

function approximately(text: string, isEstimate: boolean): string {
  return isEstimate ? `≈ ${text}` : text;
}
