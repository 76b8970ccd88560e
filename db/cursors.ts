/** Opaque page cursors: where in (time, id) the last page ended. */

export interface PagePosition {
  readonly at: string;
  readonly id: string;
}

export function encodeCursor(position: PagePosition): string {
  return Buffer.from(JSON.stringify([position.at, position.id])).toString('base64url');
}

/** @returns null for what is no cursor of ours */
export function decodeCursor(cursor: string): PagePosition | null {
  try {
    const [at, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const valid =
      typeof at === 'string' && typeof id === 'string' && !Number.isNaN(Date.parse(at)) && /^[0-9a-f-]{36}$/i.test(id);
    return valid ? { at, id } : null;
  } catch {
    return null;
  }
}
