import {
  IconCalendarPlus,
  IconDatabase,
  IconFileText,
  IconHistory,
  IconListSearch,
  IconPlus,
  IconRefresh,
  IconSearch,
  IconSettings,
} from '@tabler/icons-react';
import { useFoundDocuments } from '../api/documents.ts';
import { useRecentJobs, useStartSync } from '../api/jobs.ts';
import { useSources } from '../api/sources.ts';
import type { DataSource, Job } from '../api/types.ts';
import { places } from '../places.ts';
import { shortTime } from '../format.ts';

export interface Command {
  /** Unique among all commands. */
  readonly id: string;
  readonly label: string;
  readonly detail?: string;
  readonly icon: typeof IconSearch;
  readonly run: () => void;
  /** The palette stays open until the API has answered, and says why if it refused. */
  readonly waits?: true;
}

export interface CommandGroup {
  readonly title: string;
  readonly commands: readonly Command[];
}

type Go = (to: string) => void;

/** Starts a sync or a plan of a source, and opens it. */
export type Start = (source: DataSource, what: 'sync' | 'plan') => void;

/** For a component that outlives the palette, which its reader may close before the answer comes. */
export function useStart(open: Go) {
  const { mutate, ...state } = useStartSync();
  const start: Start = ({ id: dataSourceId }, what) =>
    mutate(
      { dataSourceId, dryRun: what === 'plan' },
      { onSuccess: ({ id }) => open(what === 'plan' ? `/sources/${dataSourceId}/plan?job=${id}` : `/jobs/${id}`) },
    );
  return { ...state, start };
}

const maxShown = 6;
/** Longest text that the API searches for. */
const maxTyped = 200;

/**
 * The commands that match what is typed. Documents are searched by the API, once typing has paused; everything else is
 * known here. @param settled what was typed at the last pause
 */
export function useCommands(typed: string, settled: string, go: Go, start: Start) {
  const sources = useSources().data ?? [];
  const jobs = useRecentJobs().data ?? [];
  const documents = useFoundDocuments(settled.slice(0, maxTyped), maxShown);
  const found = typed === '' || settled !== typed ? [] : (documents.data ?? []);
  const groups: CommandGroup[] = [
    {
      title: 'Sources',
      commands: matching(
        typed,
        sources.map((source) => openSource(source, go)),
      ),
    },
    {
      title: 'Actions',
      commands: matching(typed, [
        ...actions(go),
        ...sources
          .filter(isReady)
          .flatMap((source) => [
            waiting(command(`sync ${source.id}`, `Sync ${source.name}`, IconRefresh, () => start(source, 'sync'))),
            waiting(
              command(`plan ${source.id}`, `Plan a sync of ${source.name}`, IconListSearch, () =>
                start(source, 'plan'),
              ),
            ),
          ]),
        ...sources.map((source) =>
          command(`settings ${source.id}`, `Settings of ${source.name}`, IconSettings, () =>
            go(`/sources/${source.id}?tab=settings`),
          ),
        ),
      ]),
    },
    {
      title: 'Go to',
      commands: matching(
        typed,
        places.map(({ to, title, icon }) => command(`go ${to}`, title, icon, () => go(to))),
        places.length,
      ),
    },
    {
      title: 'Syncs',
      commands:
        typed === ''
          ? []
          : matching(
              typed,
              jobs.map((job) => openJob(job, sources, go)),
            ),
    },
    {
      title: 'Documents',
      commands: [
        ...found.map(({ id, title, path }) => ({
          ...command(`document ${id}`, title, IconFileText, () => go(`/documents/${id}`)),
          ...(path === null ? {} : { detail: path }),
        })),
        ...(typed === '' ? [] : [searchAll(typed, go)]),
      ],
    },
  ];
  return { groups, isSearching: typed !== '' && (settled !== typed || documents.isFetching), error: documents.error };
}

function command(id: string, label: string, icon: Command['icon'], run: () => void): Command {
  return { id, label, icon, run };
}

function waiting(slow: Command): Command {
  return { ...slow, waits: true };
}

function actions(go: Go): Command[] {
  return [
    command('add source', 'Add a source', IconPlus, () => go('/sources/new')),
    command('add schedule', 'Add a schedule', IconCalendarPlus, () => go('/schedules')),
    command('add transformation', 'Add a transformation', IconPlus, () => go('/transformations/new')),
  ];
}

function openSource({ id, name, accountLabel }: DataSource, go: Go): Command {
  const opened = command(`source ${id}`, name, IconDatabase, () => go(`/sources/${id}`));
  return accountLabel === null ? opened : { ...opened, detail: accountLabel };
}

function openJob(job: Job, sources: readonly DataSource[], go: Go): Command {
  const name = sources.find(({ id }) => id === job.dataSourceId)?.name ?? 'a deleted source';
  const label = `${job.dryRun ? 'Plan for' : 'Sync of'} ${name}`;
  const detail = `${job.status}, ${shortTime(job.startedAt ?? job.createdAt)}`;
  return { ...command(`job ${job.id}`, label, IconHistory, () => go(`/jobs/${job.id}`)), detail };
}

function searchAll(typed: string, go: Go): Command {
  const address = `/search?${new URLSearchParams({ q: typed }).toString()}`;
  return command('search', `Search all documents for “${typed}”`, IconSearch, () => go(address));
}

function isReady(source: DataSource): boolean {
  return source.isActive && !source.needsSignIn && source.connectionStatus !== 'disconnected';
}

/** Every word that is typed has to occur, in any order. Commands that begin with the text come first. */
export function matching(typed: string, commands: readonly Command[], max = maxShown): Command[] {
  const words = typed.toLowerCase().split(/\s+/);
  const textOf = ({ label, detail = '' }: Command): string => `${label} ${detail}`.toLowerCase();
  const begins = (one: Command): number => (textOf(one).startsWith(typed.toLowerCase()) ? 0 : 1);
  return commands
    .filter((one) => words.every((word) => textOf(one).includes(word)))
    .toSorted((a, b) => begins(a) - begins(b))
    .slice(0, max);
}
