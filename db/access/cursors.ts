/** Opaque page cursors: the (time, id) at which the last page ended. */

export interface PagePosition {
  readonly at: string;
  readonly id: string;
}

export function encodeCursor(position: PagePosition): string {
  return Buffer.from(JSON.stringify([position.at, position.id])).toString('base64url');
}

/** @returns null if the text is not a valid cursor */
export function decodeCursor(cursor: string): PagePosition | null {
  try {
    const [at, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const valid =
      typeof at === 'string' &&
      typeof id === 'string' &&
      /^[1-9]\d{3}-\d\d-\d\dT[\d:.]+Z$/.test(at) &&
      !Number.isNaN(Date.parse(at)) &&
      /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
    return valid ? { at, id } : null;
  } catch {
    return null;
  }
}

/** For lists that are ordered by a text. */
export function encodeTextCursor(text: string): string {
  return Buffer.from(text).toString('base64url');
}

/** @returns null if the text is not a valid cursor */
export function decodeTextCursor(cursor: string): string | null {
  const text = Buffer.from(cursor, 'base64url').toString();
  return text !== '' && !text.includes('\0') && encodeTextCursor(text) === cursor ? text : null;
}
