/**
 * Stores bytes between stages; only references travel through the workflow. Each batch of a job has its own area, which
 * can be deleted as a whole, even if the same bytes are also in another batch.
 */
export interface Staging {
  /** Creates a writer for one attempt of an activity; an abandoned attempt leaves nothing open. */
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
   * Stores all bytes or none; storing the same bytes again is harmless. @returns the sha-256 (hex) that identifies them
   * after the next `flush`
   */
  put(bytes: Uint8Array): Promise<string>;
  /** Stores everything that was put; only then may the database record it. */
  flush(): Promise<void>;
}

export interface StagingArea {
  readonly jobId: string;
  readonly page: number;
  readonly batch: number;
}
