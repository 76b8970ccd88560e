/** Long lists: only visible rows are rendered, and further pages load by cursor while scrolling. */

import { Center, Loader, Paper, UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Pages } from '../api/pages.ts';
import classes from './rows.module.css';
import { NotLoaded, ProblemAlert } from './status-views.tsx';

export interface Column<T> {
  readonly title: string;
  /** Shown in place of the title. */
  readonly head?: ReactNode;
  /** As in `grid-template-columns`. */
  readonly width: string;
  /** The value for narrow screens, if it differs. */
  readonly narrowWidth?: string;
  readonly align?: 'right';
  /** Hidden on narrow screens. */
  readonly wideOnly?: boolean;
  /** Set if the list can be sorted by it. */
  readonly sort?: {
    readonly isOn: boolean;
    readonly direction: 'ascending' | 'descending';
    readonly choose: () => void;
  };
  readonly cell: (row: T) => ReactNode;
}

interface RowsProps<T> {
  readonly label: string;
  readonly pages: Pages<T>;
  readonly columns: readonly Column<T>[];
  readonly keyOf: (row: T) => string;
  readonly empty: ReactNode;
}

const rowHeight = 52;

export function Rows<T>({ label, pages, columns, keyOf, empty }: RowsProps<T>) {
  if (pages.data === undefined) return <NotLoaded query={pages} />;
  const rows = pages.data.pages.flatMap((page) => page.rows);
  if (rows.length === 0) return <>{empty}</>;
  return <Table label={label} pages={pages} columns={columns} keyOf={keyOf} rows={rows} />;
}

function Table<T>({
  label,
  pages,
  columns,
  keyOf,
  rows,
}: Omit<RowsProps<T>, 'empty'> & { readonly rows: readonly T[] }) {
  const body = useRef<HTMLDivElement>(null);
  const [scrollMargin, setScrollMargin] = useState(0);
  useLayoutEffect(() => setScrollMargin(body.current?.offsetTop ?? 0), []);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollMargin,
    getItemKey: (index) => keyOf(rows[index] as T),
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = pages;
  // A page that could not be loaded is not asked for again and again, but when the reader says so.
  const mayLoad = hasNextPage && !isFetchingNextPage && !isFetchNextPageError;
  useEffect(() => {
    if (last >= rows.length - 40 && mayLoad) void fetchNextPage();
  }, [last, rows.length, mayLoad, fetchNextPage]);
  const template = {
    '--columns': columns.map((column) => column.width).join(' '),
    '--narrow-columns': columns
      .flatMap((column) => (column.wideOnly === true ? [] : [column.narrowWidth ?? column.width]))
      .join(' '),
  } as React.CSSProperties;
  const cellClass = (column: Column<T>): string =>
    [classes.cell, column.align === 'right' && classes.right, column.wideOnly === true && classes.wide]
      .filter(Boolean)
      .join(' ');
  return (
    <Paper withBorder radius="md" style={template}>
      <div role="table" aria-label={label} aria-rowcount={hasNextPage ? -1 : rows.length + 1}>
        <div role="rowgroup" className={classes.head}>
          <div role="row" className={classes.row} aria-rowindex={1}>
            {columns.map((column) => (
              <div
                key={column.title}
                role="columnheader"
                className={cellClass(column)}
                {...(column.sort === undefined
                  ? {}
                  : { 'aria-sort': column.sort.isOn ? column.sort.direction : ('none' as const) })}
              >
                {column.head ??
                  (column.sort === undefined ? (
                    column.title
                  ) : (
                    <SortButton title={column.title} isRight={column.align === 'right'} {...column.sort} />
                  ))}
              </div>
            ))}
          </div>
        </div>
        <div role="rowgroup" ref={body} style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {items.map(({ index, key, start }) => (
            <div
              key={key}
              role="row"
              aria-rowindex={index + 2}
              data-index={index}
              ref={virtual.measureElement}
              className={`${classes.row} ${classes.line}`}
              style={{ transform: `translateY(${start - scrollMargin}px)`, minHeight: rowHeight }}
            >
              {columns.map((column) => (
                <div key={column.title} role="cell" className={cellClass(column)}>
                  {column.cell(rows[index] as T)}
                </div>
              ))}
            </div>
          ))}
        </div>
      </div>
      {isFetchingNextPage && (
        <Center p="xs" role="status" aria-label="Loading more">
          <Loader size="xs" />
        </Center>
      )}
      {isFetchNextPageError && (
        <ProblemAlert error={pages.error} retry={() => void fetchNextPage()} title="Could not load more" />
      )}
    </Paper>
  );
}

interface SortButtonProps {
  readonly title: string;
  /** Whether the title ends at the right, as the column’s numbers do. */
  readonly isRight: boolean;
  readonly isOn: boolean;
  readonly direction: 'ascending' | 'descending';
  readonly choose: () => void;
}

function SortButton({ title, isRight, isOn, direction, choose }: SortButtonProps) {
  const Arrow = direction === 'ascending' ? IconArrowUp : IconArrowDown;
  const arrow = (
    <Arrow size={12} aria-hidden style={{ verticalAlign: '-1px', visibility: isOn ? 'visible' : 'hidden' }} />
  );
  return (
    <UnstyledButton onClick={choose} fz="inherit" fw="inherit" c={isOn ? 'var(--mantine-color-text)' : 'inherit'}>
      {isRight && arrow} {title} {!isRight && arrow}
    </UnstyledButton>
  );
}
