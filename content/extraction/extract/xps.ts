/** Reads XPS and OpenXPS, the printed pages of Windows: runs of characters with their positions. */

import { type Archive, openArchive } from './archive.ts';
import type { ExtractedText } from './extracted-text.ts';
import { joinPages } from './pdf-pages.ts';
import { partAt, walkXml } from './xml.ts';

const maxPages = 10_000;

export function extractXps(bytes: Uint8Array): ExtractedText {
  const archive = openArchive(bytes);
  const sequence = archive.names.find((name) => /\.fdseq$/i.test(name)) ?? '';
  const documents = sourcesIn(archive, sequence, 'DocumentReference');
  const parts = documents.flatMap((document) => sourcesIn(archive, document, 'PageContent'));
  const all = new Set(parts);
  const pages = [...all].slice(0, maxPages);
  if (pages.length === 0) throw new RangeError('no pages');
  return {
    text: joinPages(
      pages.map((page) => pageText(archive, page)),
      [],
    ),
    metadata: { pages: pages.length, ...(pages.length < all.size ? { truncated: true } : {}) },
  };
}

function sourcesIn(archive: Archive, part: string, element: string): string[] {
  // Each part is read once, however often it is named.
  const sources = new Set<string>();
  walkXml(archive.read(part), {
    open: (name, { Source }) => {
      if (name !== element || Source === undefined) return;
      const source = partAt(part, Source);
      if (source !== null) sources.add(source);
    },
  });
  return [...sources];
}

/** Runs at the same height are one line; those of another transformation have heights of their own. */
function pageText(archive: Archive, page: string): string {
  let text = '';
  let line = '';
  walkXml(archive.read(page), {
    open: (name, { UnicodeString, OriginY = '', RenderTransform = '' }) => {
      if (name !== 'Glyphs' || UnicodeString === undefined) return;
      const height = `${OriginY} ${RenderTransform.split(',').at(-1) ?? ''}`;
      if (text !== '') text += height === line ? ' ' : '\n';
      // A string that begins with a brace is written behind an empty pair of them.
      text += UnicodeString.replace(/^\{\}/, '').trim();
      line = height;
    },
  });
  return text;
}
