/** Where bytes wait between stages. Addressed by job and hash; references, never bytes, travel through the workflow. */
export interface Staging {
  /** Stores whole or not at all; storing the same again is harmless. @returns the sha-256 (hex) it is found under */
  put(jobId: string, bytes: Uint8Array): Promise<string>;
  /** @throws SyncError `unavailable` with code `staged_bytes_missing` when it is not there (another host, cleaned up) */
  get(jobId: string, hash: string): Promise<Uint8Array>;
  delete(jobId: string, hashes: readonly string[]): Promise<void>;
  /** Everything of one job. */
  deleteJob(jobId: string): Promise<void>;
  /** Jobs that still have something staged, for cleaning up after crashes. */
  jobs(): Promise<readonly string[]>;
}
