import { randomUUID } from 'node:crypto';
import { SyncError } from '../../domain/errors.ts';
import { decodePack, encodePack, hashOf, type Piece } from './packs.ts';
import { RecentBytes } from './recent-bytes.ts';
import type { StagedFiles } from './staged-files.ts';
import type { Staging, StagingArea, StagingWriter } from './staging.ts';

const jobIdShape = /^[0-9a-f-]{36}$/;
const areaShape = /^\d+\.\d+$/;
const hashShape = /^[0-9a-f]{64}$/;

/** Smaller pieces share a file with others. */
const smallBytes = 256 * 1024;
/** A writer collects this many bytes before it writes a file. */
const packBytes = 1024 * 1024;
/** Bytes that one process keeps in memory, besides the files. */
const recentBytes = 32 * 1024 * 1024;
const packEnding = '.pack';

/** Staging in files: large pieces one by one, small ones together. */
export function createStaging(files: StagedFiles): Staging {
  const recent = new RecentBytes(recentBytes);
  const packs = createPackReader(files, recent);
  return {
    writeTo: (area) => createWriter(files, recent, areaFolder(area)),
    get: async (area, hash) => {
      const folder = areaFolder(area);
      const key = `${folder}/${checked(hash, hashShape)}`;
      const bytes = recent.get(key) ?? (await readLarge(files, key, hash)) ?? (await packs.find(folder, hash));
      if (bytes !== undefined) return bytes;
      throw new SyncError('not_found', {
        code: 'staged_bytes_missing',
        message: 'The downloaded file was lost before it was processed. The next sync downloads it again.',
      });
    },
    deleteArea: async (area) => await deleteFolder(areaFolder(area)),
    bytesOf: async (jobId) => {
      const staged = await files.list(jobFolder(jobId));
      return staged.reduce((sum, { size }) => sum + size, 0);
    },
    deleteJob: async (jobId) => await deleteFolder(jobFolder(jobId)),
    jobs: async () => (await files.topFolders()).filter((name) => jobIdShape.test(name)),
  };

  async function deleteFolder(folder: string): Promise<void> {
    recent.deleteBelow(folder);
    await files.deleteFolder(folder);
  }
}

function createWriter(files: StagedFiles, recent: RecentBytes, folder: string): StagingWriter {
  let pieces: Piece[] = [];
  let bytes = 0;
  const add = (piece: Piece): void => {
    pieces.push(piece);
    bytes += piece.bytes.byteLength;
  };
  const flush = async (): Promise<void> => {
    if (pieces.length === 0) return;
    const pack = pieces;
    [pieces, bytes] = [[], 0];
    try {
      await files.write(`${folder}/${randomUUID()}${packEnding}`, ...encodePack(pack));
    } catch (error) {
      // Whoever put the others was told that they are stored after the next flush.
      for (const piece of pack) add(piece);
      throw error;
    }
    for (const piece of pack) recent.set(`${folder}/${piece.hash}`, piece.bytes);
  };
  return {
    put: async (content) => {
      const hash = hashOf(content);
      if (content.byteLength > smallBytes) await files.write(`${folder}/${hash}`, content);
      else {
        add({ hash, bytes: content });
        if (bytes >= packBytes) await flush();
      }
      return hash;
    },
    flush,
  };
}

/** A power failure may have truncated the file. */
async function readLarge(files: StagedFiles, key: string, hash: string): Promise<Uint8Array | null> {
  const bytes = await files.read(key);
  return bytes === null || hashOf(bytes) !== hash ? null : bytes;
}

interface PackReader {
  find(folder: string, hash: string): Promise<Uint8Array | undefined>;
}

/**
 * Reads what another worker staged. All items of a batch are requested at about the same time, so the first request
 * reads every pack of the area, and the others wait for it.
 */
function createPackReader(files: StagedFiles, recent: RecentBytes): PackReader {
  const underWay = new Map<string, Promise<ReadonlyMap<string, Uint8Array>>>();
  const readAll = async (folder: string): Promise<ReadonlyMap<string, Uint8Array>> => {
    const found = new Map<string, Uint8Array>();
    for (const { key } of await files.list(folder)) {
      if (!key.endsWith(packEnding)) continue;
      for (const piece of decodePack((await files.read(key)) ?? Buffer.alloc(0))) {
        recent.set(`${folder}/${piece.hash}`, piece.bytes);
        found.set(piece.hash, piece.bytes);
      }
    }
    return found;
  };
  return {
    find: async (folder, hash) => {
      const reading = underWay.get(folder) ?? readAll(folder).finally(() => underWay.delete(folder));
      underWay.set(folder, reading);
      return (await reading).get(hash);
    },
  };
}

function jobFolder(jobId: string): string {
  return checked(jobId, jobIdShape);
}

function areaFolder({ jobId, page, batch }: StagingArea): string {
  return `${jobFolder(jobId)}/${checked(`${page}.${batch}`, areaShape)}`;
}

/** Names become paths, so only names that we generated are allowed. */
function checked(name: string, shape: RegExp): string {
  if (!shape.test(name)) throw new TypeError('not a name of a staged thing');
  return name;
}
