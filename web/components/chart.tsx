/**
 * Stacked bars and areas over days or months. Colors are CSS variables, so that both schemes need no code; every chart can be read as a table.
 */

import { Box, Button, Card, Group, Paper, Table, Text, Title } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { AxisBottom, AxisLeft } from '@visx/axis';
import { scaleBand, scaleLinear, scaleOrdinal } from '@visx/vendor/d3-scale';
import { AreaStack, BarStack } from '@visx/shape';
import { useState } from 'react';

export interface Series {
  readonly key: string;
  readonly label: string;
  /** A Mantine color with its shade: `teal.6`. */
  readonly color: string;
}

export interface Point {
  /** The label of the point on the axis and in the table: a day, a month. */
  readonly label: string;
  readonly values: Readonly<Record<string, number>>;
}

interface ChartProps {
  readonly title: string;
  /** One line: the total, or what the plot shows. */
  readonly summary: string;
  readonly kind: 'bars' | 'areas';
  readonly series: readonly Series[];
  readonly points: readonly Point[];
  readonly format: (value: number) => string;
}

const height = 180;
const margin = { top: 8, right: 22, bottom: 24, left: 52 };

export function Chart({ title, summary, ...plot }: ChartProps) {
  const { ref, width } = useElementSize();
  const [isTable, setTable] = useState(false);
  const isEmpty = plot.points.every(({ values }) => plot.series.every(({ key }) => (values[key] ?? 0) === 0));
  return (
    <Card withBorder radius="md" component="section" aria-label={title}>
      <Group justify="space-between" wrap="nowrap" align="flex-start" mb="xs">
        <div>
          <Title order={3} size="h5">
            {title}
          </Title>
          <Text size="sm" c="dimmed">
            {summary}
          </Text>
        </div>
        {!isEmpty && (
          <Button
            variant="subtle"
            color="gray"
            size="compact-xs"
            style={{ flexShrink: 0 }}
            onClick={() => setTable(!isTable)}
          >
            {isTable ? 'Chart' : 'Table'}
          </Button>
        )}
      </Group>
      <div ref={ref}>
        {isEmpty && (
          <Text size="sm" c="dimmed" ta="center" py={64}>
            No data in this period
          </Text>
        )}
        {!isEmpty && isTable && <DataTable {...plot} title={title} />}
        {!isEmpty && !isTable && width > 0 && <Plot {...plot} width={width} title={title} />}
      </div>
      {!isEmpty && !isTable && plot.series.length > 1 && <Legend series={plot.series} />}
    </Card>
  );
}

const cssColor = (color: string): string => `var(--mantine-color-${color.replace('.', '-')})`;

type PlotProps = Omit<ChartProps, 'summary'> & { readonly width: number };

/** For screen readers, the plot is one picture with its newest values. A pointer shows the values of each point; the table has all of them. */
function Plot({ title, kind, series, points, format, width }: PlotProps) {
  const [at, setAt] = useState<number | null>(null);
  const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
  const step = inner.width / points.length;
  const hover = (clientX: number, left: number): void => {
    const index = Math.floor((clientX - left - margin.left) / step);
    setAt(index >= 0 && index < points.length ? index : null);
  };
  const last = points.at(-1);
  return (
    <Box pos="relative">
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={`${title}. ${last === undefined ? '' : describe(last, series, format)}`}
        style={{ display: 'block' }}
        onPointerMove={({ currentTarget, clientX }) => hover(clientX, currentTarget.getBoundingClientRect().left)}
        onPointerLeave={() => setAt(null)}
      >
        <g transform={`translate(${margin.left},${margin.top})`}>
          {at !== null && (
            <rect x={at * step} width={step} height={inner.height} fill="var(--mantine-color-default-hover)" />
          )}
          <Marks kind={kind} series={series} points={points} format={format} {...inner} />
        </g>
      </svg>
      {at !== null && (
        <Tip point={points[at]} series={series} format={format} left={margin.left + (at + 0.5) * step} width={width} />
      )}
    </Box>
  );
}

type MarksProps = Pick<ChartProps, 'kind' | 'series' | 'points' | 'format'> & {
  readonly width: number;
  readonly height: number;
};

function Marks({ kind, series, points, format, width, height: depth }: MarksProps) {
  const totals = points.map(({ values }) => series.reduce((sum, { key }) => sum + (values[key] ?? 0), 0));
  const x = scaleBand<number>().domain(points.keys()).range([0, width]).padding(0.25);
  const y = scaleLinear()
    .domain([0, Math.max(...totals) * 1.05])
    .range([depth, 0]);
  // Counts have no fractions.
  const ticks = y.ticks(3).filter((tick) => Number.isInteger(tick) || !totals.every(Number.isInteger));
  const keys = series.map(({ key }) => key);
  const colors = scaleOrdinal<string, string>()
    .domain(keys)
    .range(series.map(({ color }) => cssColor(color)));
  const data = points.map(({ values }, index) => ({ index, values }));
  const value = ({ values }: (typeof data)[number], key: string): number => values[key] ?? 0;
  return (
    <>
      {ticks.map((tick) => (
        <line key={tick} x2={width} y1={y(tick)} y2={y(tick)} stroke="var(--mantine-color-default-border)" />
      ))}
      {kind === 'bars' ? (
        <BarStack data={data} keys={keys} x={({ index }) => index} value={value} xScale={x} yScale={y} color={colors} />
      ) : (
        <AreaStack
          data={data}
          keys={keys}
          x={({ data: { index } }) => (x(index) ?? 0) + x.bandwidth() / 2}
          value={value}
          y0={([low]) => y(low)}
          y1={([, high]) => y(high)}
          color={colors}
        />
      )}
      <AxisLeft
        scale={y}
        tickValues={ticks}
        tickFormat={(tick) => format(Number(tick))}
        tickLabelProps={tickText}
        hideAxisLine
        hideTicks
      />
      <AxisBottom
        scale={x}
        top={depth}
        tickValues={labeled(points.length, width)}
        tickFormat={(index) => points[index]?.label ?? ''}
        tickLabelProps={{ ...tickText, textAnchor: 'middle', dx: 0, dy: 2 }}
        stroke="var(--mantine-color-default-border)"
        hideTicks
      />
    </>
  );
}

const tickText = {
  fill: 'var(--mantine-color-dimmed)',
  fontSize: 11,
  fontFamily: 'var(--mantine-font-family)',
  textAnchor: 'end',
  dx: -4,
  dy: 3,
} as const;

/** As many labels as fit side by side, the newest among them. */
function labeled(points: number, width: number): number[] {
  const every = Math.max(1, Math.ceil((points * 64) / width));
  return Array.from({ length: points }, (_, index) => index).filter((index) => (points - 1 - index) % every === 0);
}

function describe({ label, values }: Point, series: readonly Series[], format: ChartProps['format']): string {
  return `${label}: ${series.map(({ key, label: name }) => `${name} ${format(values[key] ?? 0)}`).join(', ')}`;
}

interface TipProps extends Pick<ChartProps, 'series' | 'format'> {
  readonly point: Point | undefined;
  readonly left: number;
  readonly width: number;
}

function Tip({ point, series, format, left, width }: TipProps) {
  if (point === undefined) return null;
  const isRight = left > width / 2;
  const side = isRight ? { right: width - left + 10 } : { left: left + 10 };
  const shown = series.filter(({ key }) => (point.values[key] ?? 0) > 0);
  return (
    <Paper withBorder shadow="md" p="xs" pos="absolute" top={0} style={{ ...side, pointerEvents: 'none', zIndex: 1 }}>
      <Text size="xs" fw={600}>
        {point.label}
      </Text>
      {shown.length === 0 && <Text size="xs">{format(0)}</Text>}
      {shown.toReversed().map((one) => (
        <Group key={one.key} gap={6} wrap="nowrap">
          <Dot color={one.color} />
          <Text size="xs" style={{ whiteSpace: 'nowrap' }}>
            {one.label} {format(point.values[one.key] ?? 0)}
          </Text>
        </Group>
      ))}
    </Paper>
  );
}

function Dot({ color }: { readonly color: string }) {
  return (
    <span aria-hidden style={{ width: 8, height: 8, borderRadius: 4, flexShrink: 0, background: cssColor(color) }} />
  );
}

function Legend({ series }: { readonly series: readonly Series[] }) {
  return (
    <Group gap="md" mt={6}>
      {series.map((one) => (
        <Group key={one.key} gap={6} wrap="nowrap">
          <Dot color={one.color} />
          <Text size="xs" c="dimmed">
            {one.label}
          </Text>
        </Group>
      ))}
    </Group>
  );
}

/** The same figures, newest first. */
function DataTable({ title, series, points, format }: Omit<ChartProps, 'summary' | 'kind'>) {
  return (
    <Box mah={height} tabIndex={0} role="group" aria-label={`Figures of ${title}`} style={{ overflow: 'auto' }}>
      <Table fz="xs" verticalSpacing={2}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Date</Table.Th>
            {series.map(({ key, label }) => (
              <Table.Th key={key} ta="right">
                {label}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {points.toReversed().map(({ label, values }) => (
            <Table.Tr key={label}>
              <Table.Td>{label}</Table.Td>
              {series.map(({ key }) => (
                <Table.Td key={key} ta="right">
                  {format(values[key] ?? 0)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Box>
  );
}
