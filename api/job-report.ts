/** A job's report: its counts, which add up, and the ledger behind them. */

import { pipeline, Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import { asUser } from '../db/access/as-user.ts';
import { type Job, listJobItems } from '../db/jobs/job-queries.ts';
import { outcomes } from '../domain/contract.ts';
import type { ApiDependencies } from './dependencies.ts';
import { serializeJob } from './serializers.ts';

const rowsPerQuery = 1000;
const columns = [
  'outcome',
  'externalId',
  'path',
  'mimeType',
  'bytes',
  'errorCode',
  'errorMessage',
  'nextAttemptAt',
  'updatedAt',
] as const;

type Row = Record<(typeof columns)[number], string | number | null>;

/**
 * The report for spreadsheets: a line for each item, for each part that could not be listed, and for each outcome that
 * was only counted. Rows are read while they are sent.
 */
export function csvReport(deps: ApiDependencies, userId: string, job: Job): Readable {
  // A name such as "=HYPERLINK(…)" must remain text in a spreadsheet.
  const csv = stringify({ header: true, columns: [...columns], bom: true, escape_formulas: true });
  const rows = async function* () {
    for await (const row of ledger(deps, userId, job)) yield row;
    for (const gap of serializeJob(job, deps.config, null).gaps) yield gapRow(gap);
    yield { ...emptyRow, outcome: 'unchanged', path: `${job.itemsUnchanged} items, only counted` };
  };
  // A pipe would not pass on the error of a read that fails, and nothing else handles it: it would end the process.
  return pipeline(Readable.from(rows()), csv, ignoreEnd);
}

/** Whoever reads the stream learns how it ended. */
function ignoreEnd(): void {}

/** The report for programs. */
export function jsonReport(deps: ApiDependencies, userId: string, job: Job): Readable {
  const { counts, ...shown } = serializeJob(job, deps.config, null);
  const sum = outcomes.reduce((total, outcome) => total + counts[outcome], 0);
  const head = JSON.stringify({ job: shown, counts, addsUp: sum === counts.found });
  const parts = async function* () {
    yield `${head.slice(0, -1)},"items":[`;
    let separator = '';
    for await (const row of ledger(deps, userId, job)) {
      yield `${separator}\n${JSON.stringify(row)}`;
      separator = ',';
    }
    yield '\n]}\n';
  };
  return Readable.from(parts());
}

async function* ledger(deps: ApiDependencies, userId: string, job: Job): AsyncGenerator<Row> {
  let afterExternalId: string | undefined;
  for (;;) {
    const filter = { afterExternalId };
    const rows = await asUser(deps.db, userId, (trx) => listJobItems(trx, job.id, filter, rowsPerQuery));
    for (const row of rows) yield toRow(row);
    afterExternalId = rows.at(-1)?.externalId;
    if (rows.length < rowsPerQuery) return;
  }
}

const emptyRow = Object.fromEntries(columns.map((name) => [name, null])) as Row;

function gapRow({
  externalId,
  name,
  code,
  message,
  since,
  nextAttemptAt,
}: ReturnType<typeof serializeJob>['gaps'][number]): Row {
  return {
    ...emptyRow,
    outcome: 'not listed',
    externalId,
    path: name,
    errorCode: code,
    errorMessage: message,
    nextAttemptAt,
    updatedAt: since,
  };
}

function toRow(row: Awaited<ReturnType<typeof listJobItems>>[number]): Row {
  return {
    // The job has ended, so an item without an outcome was not tried.
    outcome: row.outcome ?? 'pending',
    externalId: row.externalId,
    path: row.path,
    mimeType: row.mimeType,
    bytes: Number(row.bytes),
    errorCode: row.errorCode,
    errorMessage: row.errorMessage,
    nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null,
    updatedAt: row.updatedAt.toISOString(),
  };
}
