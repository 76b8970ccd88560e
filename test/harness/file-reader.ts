import { strToU8 } from 'fflate';
import { extractDocument } from '../../content/extraction/extract-document.ts';
import { toSyncError } from '../../domain/errors.ts';
import type { ReadDocument } from '../../domain/transformations.ts';

type Arguments = readonly [name: string, content: string | Uint8Array, mimeType?: string];

export interface FileReader {
  readonly read: (...file: Arguments) => Promise<ReadDocument>;
  readonly textOf: (...file: Arguments) => Promise<string>;
  /** The error, or `read` if there was none. */
  readonly refusalOf: (...file: Arguments) => Promise<unknown>;
}

/** Reads files in this process, as the readers' processes do. */
export function fileReader(options: { readonly readsArchives?: true } = {}): FileReader {
  const read = async (...[name, content, mimeType = '']: Arguments): Promise<ReadDocument> => {
    const bytes = typeof content === 'string' ? strToU8(content) : content;
    return await extractDocument({ bytes, mimeType, name, ...options });
  };
  const mustRead = async (...file: Arguments): Promise<ReadDocument> =>
    await read(...file).catch((error: unknown) => {
      // What a person reads does not say why a test fails.
      throw new Error(`${file[0]}: ${toSyncError(error).operatorMessage}`, { cause: error });
    });
  return {
    read: mustRead,
    textOf: async (...file) => (await mustRead(...file)).text,
    refusalOf: async (...file) =>
      await read(...file).then(
        () => 'read',
        (error: unknown) => error,
      ),
  };
}
