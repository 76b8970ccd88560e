/** Files that users upload, as the connector and the database see them. Imports nothing but types. */

/** How long a deleted file is reported by the feed. A job whose position is older lists everything. */
export const deletionsKeptMs = 31 * 24 * 3_600_000;

export interface UploadedFile {
  readonly id: string;
  /** With `/` between its parts. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  readonly sha256: string;
  readonly uploadedAt: Date;
}

/** One line of the feed: a file as it is now, or the id of a deleted one. */
export interface UploadedChange {
  readonly id: string;
  readonly revision: number;
  /** Null if it was deleted. */
  readonly file: UploadedFile | null;
}

/** The uploaded files of one source. */
export interface UploadedFiles {
  /** The revision of the latest change; later changes have larger ones. */
  latestRevision(): Promise<number>;
  /** Files in the order of their ids. @param after null: from the first one */
  list(after: string | null, limit: number): Promise<readonly UploadedFile[]>;
  changes(after: number, limit: number): Promise<readonly UploadedChange[]>;
  find(ids: readonly string[]): Promise<readonly UploadedFile[]>;
  /** The bytes of a file, part after part; undefined if it does not exist. A missing part ends them early. */
  open(id: string): Promise<{ readonly file: UploadedFile; readonly parts: AsyncIterable<Uint8Array> } | undefined>;
}
