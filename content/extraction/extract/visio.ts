/** Reads drawings of Visio: the texts of the shapes on each page, below the page's name. */

import { openArchive } from './archive.ts';
import type { ExtractedText } from './extracted-text.ts';
import { relationsOf, walkXml } from './xml.ts';

const list = 'visio/pages/pages.xml';

interface Page {
  readonly name: string;
  readonly texts: readonly string[];
}

/** Reads a drawing of Visio 2013 or later, which is an archive with a part for each page. */
export function extractVisio(bytes: Uint8Array): ExtractedText {
  const archive = openArchive(bytes);
  const targets = new Map(relationsOf(archive.read, list).map(({ id, target }) => [id, target]));
  const pages: Page[] = [];
  // Each part is read once, however often it is named.
  const seen = new Set<string>();
  let name = '';
  walkXml(archive.read(list), {
    open: (element, attributes) => {
      if (element === 'Page') name = nameOf(attributes);
      const part = element === 'Rel' ? targets.get(attributes['id'] ?? '') : undefined;
      if (part === undefined || seen.has(part)) return;
      seen.add(part);
      pages.push({ name, texts: readPages(archive.read(part)).flatMap(({ texts }) => texts) });
    },
  });
  return toText(pages);
}

/** Reads the older form, which is one XML document. */
export function extractFlatVisio(xml: Uint8Array): ExtractedText {
  return toText(readPages(xml).filter(({ texts }) => texts.length > 0));
}

function nameOf({ Name, NameU }: Readonly<Record<string, string>>): string {
  return (Name ?? NameU ?? '').trim();
}

/** Shapes that are only there to be copied, and what is written for the program. */
const unseen = new Set(['Masters', 'StyleSheets', 'DocumentProperties', 'FaceNames', 'Fonts']);

/** A part that is one page counts as one without a name. */
function readPages(xml: Uint8Array | undefined): Page[] {
  const pages: { name: string; texts: string[] }[] = [{ name: '', texts: [] }];
  let hidden = 0;
  let text: string | null = null;
  walkXml(xml, {
    open: (element, attributes) => {
      if (unseen.has(element)) hidden++;
      if (hidden > 0) return;
      if (element === 'Page') pages.push({ name: nameOf(attributes), texts: [] });
      if (element === 'Text') text = '';
    },
    text: (part) => {
      if (text !== null) text += part;
    },
    close: (element) => {
      if (unseen.has(element)) hidden--;
      if (element !== 'Text' || text === null) return;
      if (text.trim() !== '') pages.at(-1)?.texts.push(text.trim());
      text = null;
    },
  });
  return pages;
}

function toText(pages: readonly Page[]): ExtractedText {
  const shown = pages.map(({ name, texts }) =>
    [name === '' ? '' : `# ${name.replaceAll(/\s+/g, ' ')}`, ...texts].filter((text) => text !== '').join('\n\n'),
  );
  return { text: shown.join('\n\n\f'), metadata: { pages: pages.length } };
}
