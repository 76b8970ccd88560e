import { Readable } from 'node:stream';
import type { Kysely } from 'kysely';
import { storeUpload } from '../../api/uploads.ts';
import { asUser } from '../../db/access/as-user.ts';
import type { Database } from '../../db/access/database.ts';
import { createDataSource } from '../../db/sources/data-sources.ts';
import { deleteUploads, uploadedFilesOf } from '../../db/sources/uploaded-files.ts';
import { readConfig } from '../../platform/config.ts';

/** A source of uploaded files, without API and Temporal. */
export async function createUploadSource(db: Kysely<Database>, userId: string) {
  const source = { userId, name: 'Files', sourceType: 'upload', config: {}, syncFrequency: 'manual' } as const;
  const { id } = await asUser(db, userId, (trx) => createDataSource(trx, { ...source, accountLabel: 'here' }));
  const config = readConfig({});
  return {
    id,
    uploads: uploadedFilesOf(db, userId, id),
    put: async (path: string, content: string | Buffer) => {
      const bytes = Buffer.from(content);
      // As it arrives from a network: in pieces of any size.
      const body = Readable.from(piecesOf(bytes, 65_536), { objectMode: false });
      return await storeUpload({ db, config }, { userId, dataSourceId: id, path, size: bytes.length, body });
    },
    delete: async (path: string) =>
      await asUser(db, userId, (trx) => deleteUploads(trx, { userId, dataSourceId: id, path })),
  };
}

function* piecesOf(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
