import { join } from 'node:path';
import { createFolderFiles } from './folder.ts';
import { createStaging } from './packed-staging.ts';
import { createS3Files, type S3Settings } from './s3.ts';
import type { Staging } from './staging.ts';

/** @param s3 null for the folder in `dataDir`, which all workers then have to share */
export function openStaging(s3: S3Settings | null, dataDir: string): Staging {
  return createStaging(s3 === null ? createFolderFiles(join(dataDir, 'staging')) : createS3Files(s3));
}
