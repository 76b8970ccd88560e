/**
 * Where bytes wait between stages; references, never bytes, travel through the workflow. Each batch of a job has an area
 * of its own, so that it can be dropped whole: the same bytes may wait in another batch too.
 */
export interface Staging {
  /** Stores whole or not at all; storing the same again is harmless. @returns the sha-256 (hex) it is found under */
  put(area: StagingArea, bytes: Uint8Array): Promise<string>;
  /** @throws SyncError `not_found` with code `staged_bytes_missing` when it is not there (another host, cleaned up) */
  get(area: StagingArea, hash: string): Promise<Uint8Array>;
  deleteArea(area: StagingArea): Promise<void>;
  /** What one job has staged, in bytes. */
  bytesOf(jobId: string): Promise<number>;
  /** Every area of one job. */
  deleteJob(jobId: string): Promise<void>;
  /** Jobs that still have something staged, for cleaning up after crashes. */
  jobs(): Promise<readonly string[]>;
}

export interface StagingArea {
  readonly jobId: string;
  readonly page: number;
  readonly batch: number;
}
