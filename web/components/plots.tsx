import { Anchor, Card, Code, SimpleGrid, Table, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import type { DataSource, SourceDay, Statistics } from '../api/types.ts';
import { bytes, count, duration, money, plural, shortCount } from '../format.ts';
import { Chart, type Point, type Series } from './chart.tsx';
import { dailyPoints, levelPoints, monthPoints, sourceSeries, sum } from './figures.ts';

const outcomes: readonly Series[] = [
  { key: 'completed', label: 'Completed', color: 'teal.6' },
  { key: 'cancelled', label: 'Cancelled', color: 'gray.5' },
  { key: 'failed', label: 'Failed', color: 'red.6' },
];
const changes: readonly Series[] = [
  { key: 'created', label: 'Added', color: 'teal.6' },
  { key: 'updated', label: 'Updated', color: 'blue.5' },
  { key: 'removed', label: 'Removed', color: 'grape.5' },
  { key: 'failed', label: 'Failed', color: 'red.6' },
];

interface PlotsProps {
  readonly stats: Statistics;
  readonly sources: readonly DataSource[];
}

/** The plots of the overview, in a separate file that is loaded after the rest of the page. */
export function Plots({ stats, sources }: PlotsProps) {
  const series = sourceSeries(sources);
  const { days } = stats;
  const jobs = sum(days, (row) => row.jobs.completed + row.jobs.failed + row.jobs.cancelled);
  const processed = sum(days, ({ counts }) => counts.created + counts.updated);
  const documents = levelPoints(stats, series, 'documents');
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
      <Chart
        title="Documents"
        summary={`${count(total(documents.at(-1)))} by source`}
        kind="areas"
        series={series}
        points={documents}
        format={shortCount}
      />
      <Chart
        title="Changes"
        summary={`${plural(processed, 'item')} added or updated`}
        kind="bars"
        series={changes}
        points={dailyPoints(stats, (rows) => ({
          created: sum(rows, (row) => row.counts.created),
          updated: sum(rows, (row) => row.counts.updated),
          removed: sum(rows, (row) => row.counts.removed),
          failed: sum(rows, (row) => row.counts.failed),
        }))}
        format={shortCount}
      />
      <Chart
        title="Syncs"
        summary={`${plural(jobs, 'sync', 'syncs')} by result`}
        kind="bars"
        series={outcomes}
        points={dailyPoints(stats, (rows) => ({
          completed: sum(rows, (row) => row.jobs.completed),
          cancelled: sum(rows, (row) => row.jobs.cancelled),
          failed: sum(rows, (row) => row.jobs.failed),
        }))}
        format={shortCount}
      />
      <Chart
        title="Sync duration"
        summary="Average per sync, waiting included"
        kind="bars"
        series={[{ key: 'average', label: 'Average', color: 'blue.5' }]}
        points={dailyPoints(stats, (rows) => ({ average: averageSeconds(rows) }))}
        format={(seconds) => (seconds === 0 ? '0' : duration(seconds))}
      />
      <Chart
        title="Downloads"
        summary={`${bytes(sum(days, (row) => row.bytesProcessed))} in this period`}
        kind="bars"
        series={[{ key: 'bytes', label: 'Downloaded', color: 'cyan.6' }]}
        points={dailyPoints(stats, (rows) => ({ bytes: sum(rows, (row) => row.bytesProcessed) }))}
        format={bytes}
      />
      <Embedding stats={stats} series={series} />
      <Storage stats={stats} series={series} />
      <Errors stats={stats} sources={sources} />
    </SimpleGrid>
  );
}

/** Tokens by month, or their cost if embedding is not free. */
function Embedding({ stats, series }: { readonly stats: Statistics; readonly series: readonly Series[] }) {
  const { dollarsPerMillionTokens, model } = stats.embedding;
  const what = dollarsPerMillionTokens > 0 ? 'dollars' : 'tokens';
  const tokens = stats.months.reduce((so, month) => so + month.tokens, 0);
  const dollars = stats.months.reduce((so, month) => so + month.dollars, 0);
  const cost = what === 'dollars' ? `${money(dollars)} at the price of ${model}` : `free with ${model}`;
  return (
    <Chart
      title={what === 'dollars' ? 'Embedding cost by month' : 'Embedded tokens by month'}
      summary={`${shortCount(tokens)} tokens in 12 months, ${cost}`}
      kind="bars"
      series={series}
      points={monthPoints(stats, series, what)}
      format={what === 'dollars' ? money : shortCount}
    />
  );
}

/** The size of the vectors; the texts are not included. */
function Storage({ stats, series }: { readonly stats: Statistics; readonly series: readonly Series[] }) {
  const bytesPerChunk = stats.embedding.dimensions * 4;
  const points = levelPoints(stats, series, 'chunks').map(({ label, values }) => ({
    label,
    values: Object.fromEntries(Object.entries(values).map(([key, chunks]) => [key, chunks * bytesPerChunk])),
  }));
  return (
    <Chart
      title="Vector storage"
      summary={`≈ ${bytes(total(points.at(-1)))} for ${shortCount(total(points.at(-1)) / bytesPerChunk)} chunks`}
      kind="areas"
      series={series}
      points={points}
      format={bytes}
    />
  );
}

function averageSeconds(rows: readonly SourceDay[]): number {
  const jobs = sum(rows, (row) => row.jobs.completed + row.jobs.failed + row.jobs.cancelled);
  return jobs === 0 ? 0 : sum(rows, (row) => row.jobSeconds) / jobs;
}

function total(point: Point | undefined): number {
  return Object.values(point?.values ?? {}).reduce((so, value) => so + value, 0);
}

/** Failed items by error code, most first. */
function Errors({ stats, sources }: PlotsProps) {
  const nameOf = (id: string): string => sources.find((source) => source.id === id)?.name ?? '';
  const rows = stats.errors.slice(0, 8);
  return (
    <Card withBorder radius="md" component="section" aria-label="Errors">
      <Title order={3} size="h5">
        Errors
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        Failed items by error code
      </Text>
      {rows.length === 0 ? (
        <Text size="sm" c="dimmed" ta="center" py={64}>
          No failed items in this period
        </Text>
      ) : (
        <Table fz="sm">
          <Table.Tbody>
            {rows.map(({ code, dataSourceId, items }) => (
              <Table.Tr key={`${code} ${dataSourceId}`}>
                <Table.Td>
                  <Code>{code}</Code>
                </Table.Td>
                <Table.Td>
                  <Anchor component={Link} href={`/sources/${dataSourceId}`} fz="sm">
                    {nameOf(dataSourceId)}
                  </Anchor>
                </Table.Td>
                <Table.Td ta="right">{count(items)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Card>
  );
}
