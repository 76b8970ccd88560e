/** Characters one document keeps; the rest is cut off and the metadata says so. About 1.2 million tokens. */
export const maxTextLength = 5_000_000;

/**
 * Text as it is stored: no byte-order mark, no NUL and no lone surrogates (Postgres refuses both), one kind of line end,
 * composed characters, no trailing blanks and no more than two empty lines in a row.
 */
export function normalise(text: string): string {
  return text
    .slice(0, maxTextLength)
    .toWellFormed()
    .replaceAll('\0', '')
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .normalize('NFC')
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{4,}/g, '\n\n\n')
    .trim();
}

/** UTF-16 and UTF-8 by their marks, else UTF-8 if it is valid, else the superset of Latin-1 that old Windows files are in. */
export function decodeText(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
