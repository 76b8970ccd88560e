/** Keeps staged files, in a folder or an object store. Keys are paths with slashes, made of names that we generated. */
export interface StagedFiles {
  /** The file appears whole or not at all. @param parts its bytes, one after another */
  write(key: string, ...parts: Uint8Array[]): Promise<void>;
  /** @returns null if there is none */
  read(key: string): Promise<Buffer | null>;
  /** All files below a folder; none if there is no such folder. */
  list(folder: string): Promise<readonly StagedFile[]>;
  /** Names of the folders at the top. */
  topFolders(): Promise<readonly string[]>;
  deleteFolder(folder: string): Promise<void>;
}

export interface StagedFile {
  readonly key: string;
  /** In bytes. */
  readonly size: number;
}
