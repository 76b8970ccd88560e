import { type Archive, openArchive } from './archive.ts';
import { diagramText, readDrawing, valuesOf } from './drawings.ts';
import type { ExtractedText } from './extracted-text.ts';
import { relationsOf, targetsOf, walkXml } from './xml.ts';

const presentation = 'ppt/presentation.xml';

/**
 * Reads slides in the order in which they are shown, separated by form feeds, each with its tables, charts, notes and
 * comments.
 */
export function extractPptx(bytes: Uint8Array): ExtractedText {
  const archive = openArchive(bytes);
  const slides = slidesOf(archive);
  if (slides.length === 0 && archive.read(presentation) === undefined) throw new RangeError('no presentation');
  const authors = authorsOf(archive);
  const texts = slides.map((part, i) => slideText(archive, part, i + 1, authors));
  return { text: texts.join('\n\n\f'), metadata: { slides: slides.length } };
}

/** The presentation defines the order; the parts' names do not. */
function slidesOf(archive: Archive): string[] {
  const targets = new Map(relationsOf(archive.read, presentation).map(({ id, target }) => [id, target]));
  const shown: string[] = [];
  walkXml(archive.read(presentation), {
    open: (name, attributes) => {
      const target = name === 'sldId' ? targets.get(attributes['r:id'] ?? '') : undefined;
      if (target !== undefined && archive.has(target)) shown.push(target);
    },
  });
  // Each part is read once, however often it is named.
  if (shown.length > 0) return [...new Set(shown)];
  const number = (part: string): number => Number(/(\d+)\.xml$/i.exec(part)?.[1]);
  return archive.names
    .filter((part) => /^ppt\/slides\/slide\d+\.xml$/i.test(part))
    .toSorted((a, b) => number(a) - number(b));
}

/** Returns the names of those who commented, by id. PowerPoint has had two forms of them. */
function authorsOf(archive: Archive): ReadonlyMap<string, string> {
  const authors = new Map<string, string>();
  for (const part of targetsOf(relationsOf(archive.read, presentation), /^(commentAuthors|authors)$/))
    walkXml(archive.read(part), {
      open: (element, { id, name }) => {
        if (/^(cmAuthor|author)$/.test(element) && id !== undefined && name !== undefined) authors.set(id, name);
      },
    });
  return authors;
}

function slideText(archive: Archive, part: string, number: number, authors: ReadonlyMap<string, string>): string {
  const { title, blocks } = readDrawing(archive.read(part));
  const related = relationsOf(archive.read, part);
  const partsOf = (type: RegExp): (Uint8Array | undefined)[] =>
    targetsOf(related, type).map((target) => archive.read(target));
  const notes = partsOf(/^notesSlide$/).flatMap((xml) => readDrawing(xml).blocks);
  const comments = partsOf(/^comments?$/i).flatMap((xml) => readDrawing(xml, authors).blocks);
  return [
    title === null ? `# Slide ${number}` : `# Slide ${number}: ${title}`,
    ...blocks,
    ...partsOf(/^chart(Ex)?$/).map(valuesOf),
    ...partsOf(/^diagramData$/).map(diagramText),
    ...(notes.length > 0 ? ['Notes:', ...notes] : []),
    ...(comments.length > 0 ? ['Comments:', ...comments] : []),
  ]
    .filter((block) => block !== '')
    .join('\n\n');
}
