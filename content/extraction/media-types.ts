/** Which files can be read, by media type and, where a source knows none or a vague one, by file name. */

import type { ItemRef, SkipReason } from '../../domain/source.ts';

export const formats = ['text', 'markdown', 'html', 'csv', 'json', 'pdf', 'docx', 'pptx', 'xlsx', 'email'] as const;
export type Format = (typeof formats)[number];

const office = 'application/vnd.openxmlformats-officedocument';

const byMediaType: Readonly<Record<string, Format>> = {
  'text/plain': 'text',
  'text/markdown': 'markdown',
  'text/x-markdown': 'markdown',
  'text/html': 'html',
  'application/xhtml+xml': 'html',
  'text/csv': 'csv',
  'text/tab-separated-values': 'csv',
  'application/json': 'json',
  'application/x-ndjson': 'text',
  'application/pdf': 'pdf',
  [`${office}.wordprocessingml.document`]: 'docx',
  [`${office}.presentationml.presentation`]: 'pptx',
  [`${office}.spreadsheetml.sheet`]: 'xlsx',
  'message/rfc822': 'email',
};

const byExtension: Readonly<Record<string, Format>> = {
  txt: 'text',
  text: 'text',
  log: 'text',
  rst: 'text',
  yaml: 'text',
  yml: 'text',
  toml: 'text',
  xml: 'text',
  md: 'markdown',
  markdown: 'markdown',
  html: 'html',
  htm: 'html',
  xhtml: 'html',
  csv: 'csv',
  tsv: 'csv',
  json: 'json',
  ndjson: 'text',
  jsonl: 'text',
  pdf: 'pdf',
  docx: 'docx',
  pptx: 'pptx',
  xlsx: 'xlsx',
  eml: 'email',
};

/** What people see instead of "unsupported", by the first part of the media type or the extension. */
const explanations: readonly { readonly test: RegExp; readonly message: string }[] = [
  {
    test: /^image\/|\.(png|jpe?g|gif|webp|svg|heic|bmp|tiff?)$/,
    message: 'Pictures are not read (no text recognition).',
  },
  { test: /^audio\/|\.(mp3|wav|m4a|ogg|flac)$/, message: 'Sound is not transcribed.' },
  { test: /^video\/|\.(mp4|mov|avi|mkv|webm)$/, message: 'Video is not transcribed.' },
  { test: /zip|compressed|x-tar|gzip|\.(zip|tar|gz|tgz|7z|rar|bz2)$/, message: 'Archives are not unpacked.' },
  {
    test: /msword|ms-excel|ms-powerpoint|\.(doc|xls|ppt)$/,
    message: 'This is an old Office format; save it as docx, xlsx or pptx to have it read.',
  },
];

/**
 * The format of some bytes. The media type decides; generic types leave it to the name's extension.
 * @returns null for what cannot be read
 */
export function formatOf(mimeType: string | null, name: string): Format | null {
  const type = (mimeType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const extension = /\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  if (byMediaType[type] !== undefined) return refine(byMediaType[type], extension);
  if (type === '' || type === 'application/octet-stream' || type.startsWith('text/')) {
    return byExtension[extension] ?? (type.startsWith('text/') ? 'text' : null);
  }
  return null;
}

/** The source's own word for what it is; where that says nothing, what the name's ending says it is read as. */
export function mediaTypeOf(mimeType: string, name: string): string {
  if (mimeType !== '' && mimeType !== 'application/octet-stream') return mimeType;
  const format = formatOf(mimeType, name);
  const known = Object.entries(byMediaType).find(([, itsFormat]) => itsFormat === format);
  return known?.[0] ?? mimeType;
}

/** Sources call Markdown and CSV plain text. */
function refine(format: Format, extension: string): Format {
  return format === 'text' ? (byExtension[extension] ?? format) : format;
}

/** Why an item is left out before anything is fetched; null to take it. Google's own types are exported, so their connector decides. */
export function ineligible(
  item: Pick<ItemRef, 'itemType' | 'name' | 'mimeType' | 'fetchedAs' | 'size'>,
  maxBytes: number,
): SkipReason | null {
  if (item.size === 0) return { code: 'empty_file', message: 'The file is empty.' };
  if (item.size !== null && item.size > maxBytes) {
    return {
      code: 'too_large',
      message: `The file has ${toMegabytes(item.size)} MB; up to ${toMegabytes(maxBytes)} MB are read.`,
    };
  }
  const mimeType = item.fetchedAs ?? item.mimeType;
  // What a mail or a thread is called says nothing of what it is.
  const isNamedCalendar = item.itemType === 'file' && /\.ics$/i.test(item.name);
  if (isNamedCalendar || /^(text\/calendar|application\/ics)\b/i.test(mimeType ?? '')) {
    return { code: 'calendar_file', message: 'Calendar files are not read.' };
  }
  if (mimeType?.startsWith('application/vnd.google-apps.') || formatOf(mimeType, item.name) !== null) return null;
  const known = `${item.mimeType ?? ''} ${item.name.toLowerCase()}`;
  const explanation = explanations.find(({ test }) => known.split(' ').some((part) => test.test(part)));
  return { code: 'unsupported_type', message: explanation?.message ?? 'Files of this type are not read.' };
}

function toMegabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
