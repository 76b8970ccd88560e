/**
 * Stores bytes between stages; only references travel through the workflow. Each batch of a job has its own area, which
 * can be deleted as a whole, even if the same bytes are also in another batch.
 */
export interface Staging {
  /** For one attempt at a step; an attempt that is given up leaves nothing open. */
  writeTo(area: StagingArea): StagingWriter;
  /** @throws SyncError `not_found` with code `staged_bytes_missing` if they are missing (another host, cleaned up) */
  get(area: StagingArea, hash: string): Promise<Uint8Array>;
  deleteArea(area: StagingArea): Promise<void>;
  /** The number of bytes that one job has staged. */
  bytesOf(jobId: string): Promise<number>;
  /** Deletes every area of one job. */
  deleteJob(jobId: string): Promise<void>;
  /** Jobs that still have staged bytes, for cleaning up after crashes. */
  jobs(): Promise<readonly string[]>;
}

export interface StagingWriter {
  /**
   * Takes bytes to be stored whole or not at all; storing the same again is harmless.
   * @returns the sha-256 (hex) they are found under after the next `flush`
   */
  put(bytes: Uint8Array): Promise<string>;
  /** All that was put is stored: only now may the ledger say so. */
  flush(): Promise<void>;
}

export interface StagingArea {
  readonly jobId: string;
  readonly page: number;
  readonly batch: number;
}
