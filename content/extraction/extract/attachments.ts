import { isSyncError } from '../../../domain/errors.ts';
import { formatOf } from '../media-types.ts';
import { maxTextLength } from '../normalize.ts';
import { confirmFormat } from '../sniff.ts';
import { lowerHeadings } from './lower-headings.ts';
import { readFormat } from './read-format.ts';

export interface AttachedFile {
  readonly name: string;
  readonly mimeType: string | null;
  readonly read: () => Uint8Array;
}

const maxAttachments = 50;
const maxName = 200;
/** Kinds that are part of the mail itself, and those that take too long or need limits of their own. */
const notRead: ReadonlySet<string> = new Set(['email', 'outlook', 'mailbox', 'calendar', 'picture', 'archive', 'tnef']);

/** Returns the text of each attached document below its name; one that cannot be read is left out. */
export async function readAttachments(files: readonly AttachedFile[]): Promise<string[]> {
  const texts: string[] = [];
  let length = 0;
  for (const file of files.slice(0, maxAttachments)) {
    const text = file.name === '' || length > maxTextLength ? '' : await textOf(file);
    length += text.length;
    if (text !== '') texts.push(`## ${headingOf(file.name)}\n\n${below(text)}`);
  }
  return texts;
}

async function textOf({ name, mimeType, read }: AttachedFile): Promise<string> {
  const stated = formatOf(mimeType, name);
  if (stated === null || notRead.has(stated)) return '';
  try {
    const bytes = read();
    const format = confirmFormat(bytes, stated);
    if (notRead.has(format)) return '';
    // What is attached to an attached PDF is left out, so that files within files come to an end.
    if (format === 'pdf') return (await (await import('./pdf.ts')).extractPdf(bytes)).text.trim();
    return (await readFormat(format, bytes, null, name)).text.trim();
  } catch (error) {
    // A damaged attachment is the sender's fault, and the mail can be read without it.
    if (isSyncError(error) || Error.isError(error)) return '';
    throw error;
  }
}

function headingOf(name: string): string {
  return name.replaceAll(/\s+/gu, ' ').slice(0, maxName).toWellFormed();
}

/** Drops the document's pages, which are not the mail's. */
function below(text: string): string {
  return lowerHeadings(text.replaceAll('\f', '\n\n'));
}
