import type { Generated } from 'kysely';
import type { BigInteger, GeneratedBigInteger, GeneratedTime, Time } from './columns.ts';

/** The bytes of one version of a file. Until a file names it, it belongs to an upload that has not ended. */
export interface UploadedContentsTable {
  id: Generated<string>;
  userId: string;
  dataSourceId: string;
  size: BigInteger;
  createdAt: GeneratedTime;
}

export interface UploadedPartsTable {
  contentId: string;
  ordinal: number;
  userId: string;
  bytes: Buffer;
}

export interface UploadedFilesTable {
  id: Generated<string>;
  userId: string;
  dataSourceId: string;
  /** With `/` between its parts. */
  path: string;
  /** Null once it is deleted. */
  contentId: string | null;
  sha256: string;
  /** Grows with each change of the user's files, in the order of the commits. */
  revision: GeneratedBigInteger;
  uploadedAt: GeneratedTime;
  deletedAt: Time | null;
}
