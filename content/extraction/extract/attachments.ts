import { isSyncError } from '../../../domain/errors.ts';
import { formatOf } from '../media-types.ts';
import { maxTextLength } from '../normalize.ts';
import { confirmFormat } from '../sniff.ts';
import type { ExtractedText } from './extracted-text.ts';
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
const notRead: ReadonlySet<string> = new Set(['mailbox', 'calendar', 'picture', 'archive', 'tnef']);

interface AttachedTexts {
  /** The text of each attached document below its name. */
  readonly texts: readonly string[];
  readonly metadata: NonNullable<ExtractedText['metadata']>;
}

/** Reads attached documents; one that cannot be read is left out. */
export async function readAttachments(files: readonly AttachedFile[]): Promise<AttachedTexts> {
  const texts: string[] = [];
  let length = 0;
  let isCut = files.length > maxAttachments;
  for (const file of files.slice(0, maxAttachments)) {
    const { text, metadata } = file.name === '' || length > maxTextLength ? nothing : await readOne(file);
    isCut ||= metadata?.['truncated'] === true;
    length += text.length;
    if (text.trim() !== '') texts.push(`## ${headingOf(file.name)}\n\n${below(text.trim())}`);
  }
  return { texts, metadata: isCut ? { truncated: true } : {} };
}

const nothing: ExtractedText = { text: '' };

async function readOne({ name, mimeType, read }: AttachedFile): Promise<ExtractedText> {
  const stated = formatOf(mimeType, name);
  if (stated === null || notRead.has(stated)) return nothing;
  try {
    const bytes = read();
    const format = confirmFormat(bytes, stated);
    if (notRead.has(format)) return nothing;
    // What is attached to an attached PDF or mail is left out, so that files within files come to an end.
    if (format === 'pdf') return await (await import('./pdf.ts')).extractPdf(bytes);
    if (format === 'email') return await (await import('./email.ts')).extractAttachedEmail(bytes);
    if (format === 'outlook') return (await import('./outlook.ts')).readOutlook(bytes).text;
    return await readFormat(format, bytes, null, name);
  } catch (error) {
    // A damaged attachment is the sender's fault, and the mail can be read without it.
    if (isSyncError(error) || Error.isError(error)) return nothing;
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
