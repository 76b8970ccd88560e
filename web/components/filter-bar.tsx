import { Box, Button, Collapse, Group, MultiSelect, Select } from '@mantine/core';
import { useDisclosure, useMediaQuery } from '@mantine/hooks';
import { IconChevronDown, IconFilter, IconX } from '@tabler/icons-react';
import { type ReactNode, useId } from 'react';
import { useCollections } from '../api/collections.ts';
import { useSources, useSourceTypes } from '../api/sources.ts';
import { useAddress } from './address.ts';

/** A filter of documents, by its name in the address. */
export type FilterName = 'source' | 'type' | 'project' | 'tag';

interface FilterBarProps {
  /** Number of active filters. */
  readonly on: number;
  readonly clear: () => void;
  readonly children: ReactNode;
}

/** Filters in a row; on narrow screens behind a button that shows how many are active. */
export function FilterBar({ on, clear, children }: FilterBarProps) {
  const [isOpen, { toggle }] = useDisclosure(false);
  const isWide = useMediaQuery('(min-width: 48em)', undefined, { getInitialValueInEffect: false });
  const id = useId();
  const clearButton = on > 0 && <ClearFilters clear={clear} />;
  if (isWide)
    return (
      <Group mb="md" gap="xs" align="flex-start" role="group" aria-label="Filters">
        {children}
        {clearButton}
      </Group>
    );
  return (
    <Box mb="md">
      <Group gap="xs">
        <Button
          variant="default"
          size="sm"
          onClick={toggle}
          aria-expanded={isOpen}
          aria-controls={id}
          leftSection={<IconFilter size={16} aria-hidden />}
          rightSection={
            <IconChevronDown size={14} aria-hidden style={{ transform: isOpen ? 'rotate(180deg)' : undefined }} />
          }
        >
          {on === 0 ? 'Filters' : `Filters (${on})`}
        </Button>
        {clearButton}
      </Group>
      <Collapse expanded={isOpen} id={id} role="group" aria-label="Filters">
        <Group gap="xs" pt="xs" align="flex-start">
          {children}
        </Group>
      </Collapse>
    </Box>
  );
}

export function ClearFilters({ clear }: { readonly clear: () => void }) {
  return (
    <Button variant="subtle" size="sm" onClick={clear} leftSection={<IconX size={14} aria-hidden />}>
      Clear filters
    </Button>
  );
}

const labels: Readonly<Record<FilterName, readonly [label: string, none: string]>> = {
  source: ['Source', 'All sources'],
  type: ['Source type', 'All source types'],
  project: ['Project', 'All projects'],
  tag: ['Tag', 'All tags'],
};

/** Several values match any of them. */
export function ManyFilter({ name }: { readonly name: FilterName }) {
  const { all, change } = useAddress();
  const chosen = all(name);
  const [label, none] = labels[name];
  return (
    <MultiSelect
      aria-label={label}
      placeholder={chosen.length === 0 ? none : ''}
      data={useFilterChoices(name, chosen)}
      value={chosen}
      onChange={(next) => change({ [name]: next })}
      searchable
      limit={maxShown}
      nothingFoundMessage="No matches"
      style={inRow}
      styles={{ inputField: { minWidth: 30 } }}
    />
  );
}

export function OneFilter({ name }: { readonly name: FilterName }) {
  const { one, change } = useAddress();
  const chosen = one(name);
  const [label, none] = labels[name];
  return (
    <Select
      aria-label={label}
      placeholder={none}
      data={useFilterChoices(name, chosen === null ? [] : [chosen])}
      value={chosen}
      onChange={(next) => change({ [name]: next })}
      clearable
      clearButtonProps={{ 'aria-label': `Clear: ${label}` }}
      searchable
      limit={maxShown}
      nothingFoundMessage="No matches"
      style={inRow}
    />
  );
}

interface AddressSelectProps {
  /** In the address. */
  readonly name: string;
  readonly label: string;
  /** Shown while nothing is chosen. */
  readonly placeholder: string;
  readonly data: readonly { readonly value: string; readonly label: string }[];
}

/** A filter with fixed values. */
export function AddressSelect({ name, label, placeholder, data }: AddressSelectProps) {
  const { one, change } = useAddress();
  return (
    <Select
      aria-label={label}
      placeholder={placeholder}
      data={[...data]}
      value={one(name)}
      onChange={(next) => change({ [name]: next })}
      clearable
      clearButtonProps={{ 'aria-label': `Clear: ${label}` }}
      searchable={data.length > maxWithoutSearch}
      nothingFoundMessage="No matches"
      style={inRow}
    />
  );
}

const maxWithoutSearch = 10;
const maxShown = 100;
export const inRow = { flex: '1 1 150px', minWidth: 0 };

/** The available values, and those in the address that are not among them (deleted, or still loading). */
function useFilterChoices(name: FilterName, chosen: readonly string[]) {
  const sources = useSources();
  const types = useSourceTypes();
  const projects = useCollections('project');
  const tags = useCollections('tag');
  const named = (rows: readonly { readonly id: string; readonly name: string }[] | undefined) =>
    rows?.map((row) => ({ value: row.id, label: row.name }));
  const known = {
    source: named(sources.data),
    type: types.data?.map(({ sourceType, label }) => ({ value: sourceType, label })),
    project: named(projects.data),
    tag: named(tags.data),
  }[name];
  const unknown = chosen.filter((value) => known?.some((choice) => choice.value === value) !== true);
  const label = known === undefined ? '…' : 'Deleted';
  return [...(known ?? []), ...unknown.map((value) => ({ value, label }))];
}
