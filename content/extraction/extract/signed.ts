import { SyncError } from '../../../domain/errors.ts';
import { formatOf } from '../media-types.ts';
import { confirmFormat } from '../sniff.ts';
import type { ExtractedText } from './extracted-text.ts';
import { readFormat } from './read-format.ts';
import { signedContent } from './signed-data.ts';

/** A file may be signed by several people, one after another. */
const maxSignatures = 5;

/** Reads the file that a signature encloses: `invoice.xml.p7m`, or a mail's `smime.p7m`. */
export async function extractSigned(bytes: Uint8Array, name: string): Promise<ExtractedText> {
  let content = signedContent(bytes);
  if (content === null)
    throw new SyncError('unreadable', {
      code: 'encrypted',
      message: 'The file is encrypted for its recipients, or it is a signature without the signed file.',
    });
  for (let i = 0; i < maxSignatures; i++) content = signedContent(content) ?? content;
  const inner = /^smime\.p7m$/i.test(name) ? 'smime.eml' : name.replace(/(\.p7m)+$/i, '');
  const format = confirmFormat(content, formatOf(null, inner) ?? 'text');
  // Archives have a switch and limits of their own, and text recognition needs the picture's own bytes.
  if (format === 'archive' || format === 'picture' || format === 'signed')
    throw new SyncError('unsupported', { code: 'unsupported_type', message: 'The signed file cannot be read.' });
  return await readFormat(format, content, null, inner);
}
