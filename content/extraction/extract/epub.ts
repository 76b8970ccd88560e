import { SyncError } from '../../../domain/errors.ts';
import { decodeText } from '../decode.ts';
import { type Archive, openArchive } from './archive.ts';
import type { ExtractedText } from './extracted-text.ts';
import { extractHtml } from './html.ts';
import { partAt, walkXml } from './xml.ts';

/**
 * Reads the chapters in reading order.
 * @throws SyncError `unreadable`: `encrypted` if a shop has protected them
 */
export function extractEpub(bytes: Uint8Array): ExtractedText {
  const archive = openArchive(bytes);
  let packagePart = '';
  walkXml(archive.read('META-INF/container.xml'), {
    open: (name, attributes) => {
      if (name === 'rootfile' && packagePart === '') packagePart = attributes['full-path'] ?? '';
    },
  });
  const hrefs = new Map<string, string>();
  const order: string[] = [];
  let title = '';
  let isTitle = false;
  walkXml(archive.read(packagePart), {
    open: (name, { id, href, idref }) => {
      if (name === 'item' && id !== undefined && href !== undefined) hrefs.set(id, href);
      if (name === 'itemref' && idref !== undefined) order.push(idref);
      isTitle = name === 'title' && title === '';
    },
    text: (text) => {
      if (isTitle) title += text;
    },
    close: () => {
      isTitle = false;
    },
  });
  // Each part is read once, however often it is named.
  const parts = new Set(order.flatMap((id) => hrefs.get(id) ?? []));
  const locked = encryptedParts(archive);
  const chapters = [...parts].flatMap((href) => {
    const name = partAt(packagePart, href);
    if (name !== null && locked.has(name)) throw protectedBook();
    const part = name === null ? undefined : archive.read(name);
    return part === undefined ? [] : [extractHtml(decodeText(part)).text];
  });
  if (chapters.length === 0) throw new RangeError('no chapters');
  return {
    text: chapters.filter((chapter) => chapter !== '').join('\n\n'),
    ...(title.trim() === '' ? {} : { title: title.trim() }),
    metadata: { chapters: chapters.length },
  };
}

/** Fonts are often obfuscated, and listed here too. */
function encryptedParts(archive: Archive): ReadonlySet<string> {
  const parts = new Set<string>();
  walkXml(archive.read('META-INF/encryption.xml'), {
    open: (name, attributes) => {
      const part = name === 'CipherReference' ? partAt('', attributes['URI'] ?? '') : null;
      if (part !== null) parts.add(part);
    },
  });
  return parts;
}

function protectedBook(): SyncError {
  return new SyncError('unreadable', {
    code: 'encrypted',
    message: 'The book is protected by its shop (DRM) and cannot be read.',
  });
}
