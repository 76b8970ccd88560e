/** Reads Pages, Numbers and Keynote. */

import { gunzipSync } from 'node:zlib';
import { SyncError } from '../../../domain/errors.ts';
import type { RecognizedPage } from '../../../domain/reading.ts';
import { encrypted } from '../media-types.ts';
import { type Archive, openArchive } from './archive.ts';
import { withLimit } from './compressed.ts';
import type { ExtractedText } from './extracted-text.ts';
import { type IworkObject, type IworkObjects, readObjects, referred } from './iwork-objects.ts';
import { tableText } from './iwork-tables.ts';
import { extractPdf } from './pdf.ts';
import type { Message } from './protobuf.ts';
import { walkXml } from './xml.ts';
import { maxUnpacked } from './reading-limits.ts';

const previews = /(^|\/)(QuickLook\/)?Preview\.pdf$/i;
/** Numbers of the types of objects that contain text or lead to it. Slides and sheets share numbers below 10. */
const types = {
  showOrSheet: 2,
  slideNode: 4,
  slides: [5, 6],
  texts: [2001, 2005],
  tableInfo: 6000,
  table: 6001,
  tile: 6002,
  list: 6005,
  listSegment: 6011,
  richText: 6218,
} as const;
const wanted: ReadonlySet<number> = new Set(Object.values(types).flat());
/** Kinds of a text (TSWP.StorageArchive): cells are read with their tables, and a table of contents repeats headings. */
const unseenKinds: ReadonlySet<number> = new Set([5, 7]);

/**
 * Reads the PDF that the file contains for a preview, because it has pages, or else the texts and tables of the
 * document itself.
 * @throws SyncError `encrypted`; `unsupported` if there is nothing that can be read
 */
export async function extractIwork(
  bytes: Uint8Array,
  recognized: readonly RecognizedPage[] | null,
): Promise<ExtractedText> {
  const archive = openArchive(bytes);
  if (archive.encrypted.size > 0 || archive.names.some((name) => /(^|\/)\.iwp[hv]2?$/.test(name))) throw encrypted();
  const preview = archive.names.find((name) => previews.test(name));
  const pdf = preview === undefined ? undefined : archive.read(preview);
  if (pdf !== undefined) return await extractPdf(pdf, recognized);
  const document = readOld(archive) ?? readNew(archive);
  if (document.text.trim() !== '') return document;
  throw new SyncError('unsupported', {
    code: 'unsupported_type',
    message:
      'No text was found in this file of Apple Pages, Numbers or Keynote. Export it as PDF, Word, Excel or PowerPoint.',
  });
}

/** Reads the XML of Pages, Numbers and Keynote until 2009. @returns null for newer files */
function readOld({ names, read }: Archive): ExtractedText | null {
  const name = names.find((one) => /(^|\/)(index\.(apxl|xml)|presentation\.apxl)(\.gz)?$/.test(one));
  const part = name === undefined ? undefined : read(name);
  if (name === undefined || part === undefined) return null;
  const xml = name.endsWith('.gz') ? withLimit(() => gunzipSync(part, { maxOutputLength: maxUnpacked })) : part;
  return { text: textOfOld(xml) };
}

/** Texts of styles and of master slides are not the document's. */
const templates = new Set(['stylesheet', 'master-slide', 'theme', 'theme-list', 'metadata', 'prototypes']);
/** Texts, numbers and dates of cells and the names of tables are attributes. */
const named: Readonly<Record<string, string>> = { ct: 's', n: 'v', d: 'cell-date', 'tabular-model': 'name' };

function textOfOld(xml: Uint8Array): string {
  const blocks: string[] = [];
  let within = 0;
  let block = '';
  let paragraphs = 0;
  walkXml(xml, {
    open: (name, attributes) => {
      if (templates.has(name)) within++;
      if (name === 'p') paragraphs++;
      if (paragraphs > 0 && (name === 'br' || name === 'lnbr' || name === 'tab')) block += name === 'tab' ? '\t' : '\n';
      const attribute = named[name];
      const shown = attribute === undefined ? undefined : attributes[attribute];
      if (within === 0 && shown !== undefined && shown !== '') blocks.push(shown);
    },
    text: (text) => {
      if (within === 0 && paragraphs > 0) block += text;
    },
    close: (name) => {
      if (templates.has(name)) within--;
      if (name !== 'p' || --paragraphs > 0) return;
      if (block.trim() !== '') blocks.push(block.trim());
      block = '';
    },
  });
  return blocks.join('\n\n');
}

function readNew(archive: Archive): ExtractedText {
  const objects = readObjects(archive, wanted);
  const slides = slideParts(objects);
  if (slides.length > 0) {
    const texts = slides.map((part, i) => [`# Slide ${i + 1}`, ...blocksOf(objects, part)].join('\n\n'));
    // Older files keep tables apart from the slides.
    const apart = objects.all.filter((one) => one.type === types.table && !slides.includes(one.part));
    const tables = apart.map((table) => blockOf(objects, table)).filter((text) => text !== '');
    return { text: [texts.join('\n\n\f'), ...tables].join('\n\n'), metadata: { slides: slides.length } };
  }
  const sheets = sheetsOf(objects);
  const rest = objects.all.filter((object) => !sheets.tables.has(object));
  return { text: [...sheets.texts, ...rest.map((object) => blockOf(objects, object))].filter(Boolean).join('\n\n') };
}

/** The parts with the slides, in the order in which they are shown. */
function slideParts(objects: IworkObjects): string[] {
  const isSlide = (object: IworkObject | undefined): object is IworkObject =>
    object !== undefined && /(^|\/)Slide[^/]*\.iwa$/.test(object.part);
  const show = objects.all.find(({ type }) => type === types.showOrSheet)?.message.message(3);
  const seen = new Set<IworkObject>();
  const roots = [show?.message(1), ...(show?.messages(2) ?? [])];
  const inOrder = roots.flatMap((node) => slidesBelow(objects, node, { depth: 0, seen }));
  const ordered = [...new Set(inOrder.filter(isSlide).map(({ part }) => part))];
  const others = objects.all.filter(isSlide).map(({ part }) => part);
  return [...new Set([...ordered, ...others])];
}

const maxSlideDepth = 20;

/** Visits each node once: two references to a node inside itself would otherwise double the work at each level. */
function slidesBelow(
  objects: IworkObjects,
  reference: Message | undefined,
  at: { readonly depth: number; readonly seen: Set<IworkObject> },
): (IworkObject | undefined)[] {
  const node = referred(objects, reference);
  if (node === undefined || at.depth > maxSlideDepth || at.seen.has(node)) return [];
  at.seen.add(node);
  const below = { ...at, depth: at.depth + 1 };
  return [
    referred(objects, node.message.message(2)),
    ...node.message.messages(1).flatMap((child) => slidesBelow(objects, child, below)),
  ];
}

/** Tables stand below the names of their sheets in Numbers; other tables are read where they are. */
function sheetsOf(objects: IworkObjects): { texts: string[]; tables: ReadonlySet<IworkObject> } {
  const tables = new Set<IworkObject>();
  const texts = objects.all
    .filter(({ type }) => type === types.showOrSheet)
    .flatMap(({ message }) => {
      const infos = message.messages(2).flatMap((one) => referred(objects, one)?.message ?? []);
      const own = infos.flatMap((info) => referred(objects, info.message(2)) ?? []);
      // A table is shown once, however often sheets refer to it.
      const ofSheet = [...new Set(own)].filter((one) => one.type === types.table && !tables.has(one));
      for (const table of ofSheet) tables.add(table);
      const shown = ofSheet.map((table) => tableText(objects, table)).filter((text) => text !== '');
      return shown.length === 0 ? [] : [`# ${message.text(1)}`, ...shown];
    });
  return { texts, tables };
}

function blocksOf(objects: IworkObjects, part: string): string[] {
  return objects.all
    .filter((object) => object.part === part)
    .map((object) => blockOf(objects, object))
    .filter((block) => block !== '');
}

function blockOf(objects: IworkObjects, object: IworkObject): string {
  if (isTemplate(object)) return '';
  if (object.type === types.table) return tableText(objects, object);
  const isText = object.type === types.texts[0] || object.type === types.texts[1];
  if (!isText || unseenKinds.has(object.message.number(1) ?? 0)) return '';
  // Pictures, tables and notes are anchored at characters that show nothing.
  return object.message
    .text(3)
    .replaceAll(/[\u2028\u2029\r]/g, '\n')
    .replaceAll(/\uFFFC|(?![\t\n])\p{Cc}/gu, '')
    .replaceAll(/\n+/g, '\n\n')
    .trim();
}

function isTemplate({ part }: IworkObject): boolean {
  return /(^|\/)(MasterSlide|TemplateSlide|DocumentStylesheet|ThemeStylesheet|ViewState)[^/]*\.iwa$/.test(part);
}
