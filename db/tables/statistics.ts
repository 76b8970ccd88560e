import type { GeneratedBigInteger } from './columns.ts';

/** One source on one day (UTC): sums over the jobs that ended, and levels as of the last of them. */
export interface SourceDaysTable {
  dataSourceId: string;
  day: string;
  userId: string;
  jobsCompleted: number;
  jobsFailed: number;
  jobsCancelled: number;
  jobSeconds: number;
  longestJobSeconds: number;
  itemsCreated: GeneratedBigInteger;
  itemsUpdated: GeneratedBigInteger;
  itemsUnchanged: GeneratedBigInteger;
  itemsRemoved: GeneratedBigInteger;
  itemsSkipped: GeneratedBigInteger;
  itemsFailed: GeneratedBigInteger;
  bytesProcessed: GeneratedBigInteger;
  tokensEmbedded: GeneratedBigInteger;
  items: GeneratedBigInteger;
  documents: GeneratedBigInteger;
  chunks: GeneratedBigInteger;
  tokens: GeneratedBigInteger;
}

/** Items that failed, by error code. */
export interface SourceDayErrorsTable {
  dataSourceId: string;
  day: string;
  code: string;
  userId: string;
  items: GeneratedBigInteger;
}
