/** Small documents of real formats, generated for tests of their readers. */

import { strToU8, zipSync } from 'fflate';

/** A PDF with pages of lines, without compression. @param outline title and page (from 0) of each bookmark */
export function makePdf(
  pages: readonly (readonly string[])[],
  outline: readonly { readonly title: string; readonly page: number }[] = [],
): Uint8Array {
  const objects: string[] = [];
  const add = (body: string): number => objects.push(body);
  const font = add('<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>');
  // The page tree comes after all pages, so its object number follows from their number.
  const tree = font + 2 * pages.length + 1;
  const kids = pages.map((lines) => {
    const shown = lines.map((line, i) => `1 0 0 1 50 ${780 - i * 14} Tm (${line.replace(/[\\()]/g, '\\$&')}) Tj`);
    const content = `BT /F1 11 Tf ${shown.join('\n')} ET`;
    const stream = add(`<</Length ${content.length}>>stream\n${content}\nendstream`);
    return add(
      `<</Type/Page/Parent ${tree} 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 ${font} 0 R>>>>/Contents ${stream} 0 R>>`,
    );
  });
  add(`<</Type/Pages/Count ${kids.length}/Kids[${kids.map((kid) => `${kid} 0 R`).join(' ')}]>>`);
  const outlines = objects.length + 1;
  if (outline.length > 0) {
    add(`<</Type/Outlines/First ${outlines + 1} 0 R/Last ${outlines + outline.length} 0 R/Count ${outline.length}>>`);
    outline.forEach(({ title, page }, i) => {
      const next = i + 1 < outline.length ? `/Next ${outlines + i + 2} 0 R` : '';
      add(`<</Title(${title})/Parent ${outlines} 0 R/Dest[${kids[page]} 0 R/Fit]${next}>>`);
    });
  }
  const root = add(`<</Type/Catalog/Pages ${tree} 0 R${outline.length > 0 ? `/Outlines ${outlines} 0 R` : ''}>>`);
  return toPdf(objects, root);
}

/**
 * A PDF of one line whose font is not embedded, as Asian office programs create them, so that the reader has to know
 * the encoding.
 * @param encoding a predefined CMap, such as `90ms-RKSJ-H` @param collection of characters, such as `Japan1`
 */
export function makeAsianPdf(encoding: string, collection: string, line: Uint8Array): Uint8Array {
  const content = `BT /F1 14 Tf 50 700 Td <${Buffer.from(line).toString('hex')}> Tj ET`;
  const system = `/CIDSystemInfo<</Registry(Adobe)/Ordering(${collection})/Supplement 2>>`;
  const objects = [
    `<</Type/Catalog/Pages 2 0 R>>`,
    `<</Type/Pages/Count 1/Kids[3 0 R]>>`,
    `<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 4 0 R>>>>/Contents 7 0 R>>`,
    `<</Type/Font/Subtype/Type0/BaseFont/Gothic/Encoding/${encoding}/DescendantFonts[5 0 R]>>`,
    `<</Type/Font/Subtype/CIDFontType0/BaseFont/Gothic${system}/FontDescriptor 6 0 R>>`,
    '<</Type/FontDescriptor/FontName(Gothic)/FontBBox[-200 -200 1200 1200]/Flags 4/ItalicAngle 0/Ascent 1000/Descent -200/StemV 80>>',
    `<</Length ${content.length}>>stream\n${content}\nendstream`,
  ];
  return toPdf(objects, 1);
}

/** A PDF of scanned pages, each only a picture, encoded as ASCII. @param pictures grayscale, as PGM */
export function makeScan(pictures: readonly Uint8Array[]): Uint8Array {
  const objects: string[] = [];
  const add = (body: string): number => objects.push(body);
  const tree = 3 * pictures.length + 1;
  const kids = pictures.map((picture) => {
    const head = /^P5\n(\d+) (\d+)\n255\n/.exec(Buffer.from(picture.subarray(0, 40)).toString('latin1'));
    const [all = '', width = '0', height = '0'] = head ?? [];
    const hex = `${Buffer.from(picture.subarray(all.length)).toString('hex')}>`;
    const facts = `/Width ${width}/Height ${height}/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/ASCIIHexDecode`;
    const image = add(`<</Type/XObject/Subtype/Image${facts}/Length ${hex.length}>>stream\n${hex}\nendstream`);
    const [w, h] = [width, height].map((pixels) => (Number(pixels) * 72) / 250);
    const content = `q ${w} 0 0 ${h} 0 0 cm /P Do Q`;
    const stream = add(`<</Length ${content.length}>>stream\n${content}\nendstream`);
    return add(
      `<</Type/Page/Parent ${tree} 0 R/MediaBox[0 0 ${w} ${h}]/Resources<</XObject<</P ${image} 0 R>>>>/Contents ${stream} 0 R>>`,
    );
  });
  add(`<</Type/Pages/Count ${kids.length}/Kids[${kids.map((kid) => `${kid} 0 R`).join(' ')}]>>`);
  return toPdf(objects, add(`<</Type/Catalog/Pages ${tree} 0 R>>`));
}

/** Assembles objects and the table of their offsets. */
export function toPdf(objects: readonly string[], root: number): Uint8Array {
  let file = '%PDF-1.4\n';
  const offsets = objects.map((body, i) => {
    const at = file.length;
    file += `${i + 1} 0 obj${body}endobj\n`;
    return `${String(at).padStart(10, '0')} 00000 n \n`;
  });
  const start = file.length;
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join('')}trailer<</Size ${objects.length + 1}/Root ${root} 0 R>>\nstartxref\n${start}\n%%EOF`;
  return Buffer.from(file, 'latin1');
}

const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const namespaces =
  'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"';

/** A zip archive of these parts. */
export function makeArchive(parts: Readonly<Record<string, string>>): Uint8Array {
  return zipSync(Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, strToU8(text)])), { level: 1 });
}

/** Relationships of a part: type and target of each, with ids rId1, rId2 and so on. */
export function makeRelations(targets: readonly (readonly [type: string, target: string])[]): string {
  const all = targets.map(
    ([type, target], i) => `<Relationship Id="rId${i + 1}" Type="${relations}/${type}" Target="${target}"/>`,
  );
  return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${all.join('')}</Relationships>`;
}

/**
 * @param others further parts by their names below `word/`, with relationships by their names: `header1.xml` is a
 * header
 */
export function makeDocx(body: string, others: Readonly<Record<string, string>> = {}): Uint8Array {
  const related = Object.keys(others).map((name) => [name.replace(/\d*\.xml$/, ''), name] as const);
  const rooted = Object.entries(others).map(([name, xml]) => [`word/${name}`, `<w:part ${namespaces}>${xml}</w:part>`]);
  return makeArchive({
    '_rels/.rels': makeRelations([['officeDocument', 'word/document.xml']]),
    'word/document.xml': `<w:document ${namespaces}><w:body>${body}</w:body></w:document>`,
    'word/_rels/document.xml.rels': makeRelations(related),
    ...Object.fromEntries(rooted),
  });
}

/** Paragraphs of a Word document. */
export function words(...paragraphs: readonly string[]): string {
  return paragraphs.map((text) => `<w:p><w:r><w:t>${text}</w:t></w:r></w:p>`).join('');
}

/** A presentation: the slides' bodies by part, shown in this order, with their notes. */
export function makePptx(
  slides: readonly { readonly part: number; readonly body: string; readonly notes?: string; readonly chart?: string }[],
): Uint8Array {
  const parts: Record<string, string> = {
    'ppt/presentation.xml': `<p:presentation ${namespaces}><p:sldIdLst>${slides.map((_slide, i) => `<p:sldId id="${256 + i}" r:id="rId${i + 1}"/>`).join('')}</p:sldIdLst></p:presentation>`,
    'ppt/_rels/presentation.xml.rels': makeRelations(slides.map(({ part }) => ['slide', `slides/slide${part}.xml`])),
  };
  for (const [i, { part, body, notes, chart }] of slides.entries()) {
    parts[`ppt/slides/slide${part}.xml`] = `<p:sld ${namespaces}>${body}</p:sld>`;
    const related: (readonly [string, string])[] = [];
    if (notes !== undefined) related.push(['notesSlide', `../notesSlides/notesSlide${i + 1}.xml`]);
    if (chart !== undefined) related.push(['chart', `../charts/chart${i + 1}.xml`]);
    parts[`ppt/slides/_rels/slide${part}.xml.rels`] = makeRelations(related);
    if (notes !== undefined)
      parts[`ppt/notesSlides/notesSlide${i + 1}.xml`] = `<p:notes ${namespaces}>${shape(notes)}</p:notes>`;
    if (chart !== undefined) parts[`ppt/charts/chart${i + 1}.xml`] = `<c:chart ${namespaces}>${chart}</c:chart>`;
  }
  return makeArchive(parts);
}

/** A shape with text, as a placeholder of this type. */
export function shape(text: string, placeholder = 'body'): string {
  return `<p:sp><p:nvSpPr><p:nvPr><p:ph type="${placeholder}"/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>${text}</a:t></a:r></a:p></p:txBody></p:sp>`;
}
