/** Measures what a sync costs besides time: CPU of each program, Postgres's transactions and rows, Temporal's work. */

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import pg from 'pg';

/** Backends report their statistics up to ten seconds after they become idle. */
const statisticsLagMs = 11_000;
const ticksPerSecond = 100;

const programs = {
  readers: /reader-process/,
  worker: /worker\.ts/,
  postgres: /postgres/,
  temporal: /temporal/,
  vendors: /simulators/,
} as const;
type Program = keyof typeof programs;

/** Seconds of CPU that each program among this process's descendants has used, including ended ones. Linux only. */
export function cpuSeconds(): Record<Program, number> {
  const seconds = { readers: 0, worker: 0, postgres: 0, temporal: 0, vendors: 0 };
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(readProcess);
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
  for (const { pid, command, ticks } of all) {
    const name = (Object.keys(programs) as Program[]).find((program) => programs[program].test(command));
    if (name !== undefined && isBelow(process.pid, pid, parents)) seconds[name] += ticks / ticksPerSecond;
  }
  return seconds;
}

function readProcess(name: string) {
  try {
    const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
    // After the name, which may contain anything: state, parent …, then the ticks of user, system and ended children.
    const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return [{ pid: Number(name), parent: Number(fields[1]), command, ticks }];
  } catch {
    return []; // The process has just ended.
  }
}

function isBelow(ancestor: number, pid: number, parents: ReadonlyMap<number, number>): boolean {
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at))
    if (at === ancestor) return true;
  return false;
}

export interface DatabaseCounts {
  readonly transactions: number;
  readonly rowsWritten: number;
  /** For the whole server, so no other process may write at the same time. */
  readonly walMb: number;
}

/** Returns Postgres's own counts so far. Waits until they are complete. */
export async function databaseCounts(url: string): Promise<DatabaseCounts> {
  await sleep(statisticsLagMs);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<Record<keyof DatabaseCounts, string>>(
    `select xact_commit as "transactions", tup_inserted + tup_updated + tup_deleted as "rowsWritten",
       pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') / 1e6 as "walMb"
     from pg_stat_database where datname = current_database()`,
  );
  await client.end();
  const counts = rows[0];
  return {
    transactions: Number(counts?.transactions),
    rowsWritten: Number(counts?.rowsWritten),
    walMb: Number(counts?.walMb),
  };
}

/** Events that Temporal Cloud bills as an action. Heartbeats and queries are billed as well but leave no event. */
const billed = [
  'workflowExecutionStartedEventAttributes',
  'activityTaskScheduledEventAttributes',
  'timerStartedEventAttributes',
  'workflowExecutionSignaledEventAttributes',
  'markerRecordedEventAttributes',
  'upsertWorkflowSearchAttributesEventAttributes',
] as const;

export interface TemporalCosts {
  readonly actions: number;
  readonly stepsByWorker: readonly number[];
}

/** Read from the histories of a job's workflows. */
export async function temporalCosts(client: Client, workflowIds: readonly string[]): Promise<TemporalCosts> {
  let actions = 0;
  const steps = new Map<string, number>();
  for (const id of workflowIds) {
    const { events } = await client.workflow.getHandle(id).fetchHistory();
    for (const event of events ?? []) {
      actions += billed.filter((name) => event[name] != null).length;
      const worker = event.activityTaskStartedEventAttributes?.identity;
      if (typeof worker === 'string') steps.set(worker, (steps.get(worker) ?? 0) + 1);
    }
  }
  return { actions, stepsByWorker: [...steps.values()] };
}
