import { encrypted, formatOf } from '../media-types.ts';
import { confirmFormat } from '../sniff.ts';
import { openPackage } from './default-password.ts';
import type { ExtractedText } from './extracted-text.ts';
import { readFormat } from './read-format.ts';

/**
 * Reads an encrypted file of Office that its program opens without a password.
 * @throws SyncError `unreadable`: `encrypted` if it has a password
 */
export async function extractProtected(bytes: Uint8Array, name: string): Promise<ExtractedText> {
  const content = openPackage(bytes);
  if (content === null) throw encrypted();
  const format = confirmFormat(content, formatOf(null, name) ?? 'xlsx');
  if (format !== 'docx' && format !== 'pptx' && format !== 'xlsx') throw encrypted();
  return await readFormat(format, content, null, name);
}
