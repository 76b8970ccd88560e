/** Tests kinds of files that people have beside the common ones, and what the common ones contain beside their text. */

import { CFB, utils, write } from '@e965/xlsx';
import { strToU8, zipSync } from 'fflate';
import iconv from 'iconv-lite';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { makeArchive, makeDocx, makePptx, words } from '../../test/harness/documents.ts';
import { fileReader } from '../../test/harness/file-reader.ts';
import { applyTransformations } from '../transformations/registry.ts';
import { extractDocument } from './extract-document.ts';

const { read, textOf, refusalOf } = fileReader({ readsArchives: true });
const fromBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

describe('texts in old encodings that declare none', () => {
  const german = 'Die Fähre fährt täglich außer sonntags um zwölf Uhr über die Förde.';
  const polish = 'Ostatni prom odpływa o dziesiątej wieczorem. Większe statki muszą uzyskać zgodę.';
  const russian = 'Последний паром отходит в десять часов вечера.';
  const greek = 'Το τελευταίο πλοίο φεύγει στις δέκα το βράδυ.';

  test.each([
    ['cp437', german],
    ['cp850', german],
    ['macintosh', german],
    ['cp865', 'Den sidste færge sejler klokken ti om aftenen. Både børn og voksne må købe billetter på øen.'],
    ['cp852', polish],
    ['iso-8859-2', polish],
    ['windows-1250', polish],
    ['maccenteuro', polish],
    ['windows-1254', 'Son vapur gece onda kalkıyor. Büyük gemiler önceden başvurmalı.'],
    ['cp857', 'Son vapur gece onda kalkıyor. Büyük gemiler önceden başvurmalı.'],
    ['cp855', russian],
    ['ibm866', russian],
    ['maccyrillic', russian],
    ['koi8-r', russian],
    ['cp1125', 'Останній пором відходить о десятій вечора. Її капітан чекає.'],
    ['cp737', greek],
    ['iso-8859-7', greek],
    ['macgreek', greek],
    ['cp862', 'המעבורת האחרונה יוצאת בשעה עשר בערב.'],
    ['windows-1255', 'המעבורת האחרונה יוצאת בשעה עשר בערב.'],
    ['windows-1256', 'تغادر العبارة الأخيرة في الساعة العاشرة مساء.'],
    ['cp720', 'تغادر العبارة الأخيرة في الساعة العاشرة مساء.'],
    ['windows-1257', 'Paskutinis keltas išplaukia dešimtą valandą vakaro.'],
    ['cp775', 'Pēdējais prāmis atiet desmitos vakarā. Lielākiem kuģiem iepriekš jāpaziņo.'],
    ['hproman8', german],
    ['cp861', 'Síðasta ferjan fer klukkan tíu að kvöldi.'],
    ['rk1048', 'Соңғы паром кешкі онда жүреді. Үлкен кемелер алдын ала хабарлауы керек.'],
    ['windows-874', 'เรือข้ามฟากเที่ยวสุดท้ายออกเวลาสี่ทุ่ม'],
    ['big5', '末班渡輪晚上十點開。'],
  ])('%s', async (encoding, text) => {
    const bytes = iconv.encode(text, encoding);
    expect(bytes.toString()).not.toBe(text);
    expect(await textOf('letter.txt', bytes)).toBe(text);
  });

  test.each([
    'Price: £5 per night',
    'temperature 20°C',
    '§ 5 Abs. 2',
    '10 €',
    'naïve idea',
    'It’s late – “maybe” tomorrow…',
  ])('a single sign or accent is one of windows-1252: %s', async (text) => {
    expect(await textOf('a.txt', iconv.encode(text, 'windows-1252'))).toBe(text);
  });

  test('Korean and Chinese in seven bits', async () => {
    expect(await textOf('a.txt', Buffer.from('\u001B$)C\u000E86Av87 9h4B\u000F', 'latin1'))).toBe('마지막 배는');
    expect(await textOf('a.txt', '~{D)0`6IBV~} 10')).toBe('末班渡轮 10');
    expect(await textOf('a.txt', '10 ~{D)0`6IBV~}')).toBe('10 末班渡轮');
  });

  test('Cantonese, whose own characters are beside those of Taiwan', async () => {
    const text = '最後一班渡輪夜晚十點開。大啲嘅船要先問港務長攞許可。';
    expect(await textOf('a.txt', iconv.encode(text, 'big5hkscs'))).toBe(text);
  });

  test.each(['Die Fähre fährt täglich – 1+1.', 'Последний паром отходит в десять.', '最終のフェリー'])(
    'UTF-7: %s',
    async (text) => {
      const bytes = iconv.encode(text, 'utf-7');
      expect(await textOf('a.txt', bytes)).toBe(text);
      const mail = `Subject: =?utf-7?Q?${bytes.toString()}?=\nContent-Type: text/plain; charset=utf-7\n\n${bytes.toString()}\n`;
      expect(await textOf('a.eml', mail)).toBe(`Subject: ${text}\n\n${text}`);
    },
  );

  test.each([
    '1+1 is two',
    '+foo and +bar',
    'call +49 30 1234',
    '+++ b/a.ts\n+const a = 1;\n+let bcd;',
    'a+-b',
    'AQ+Ab/CdEf+GhIj==',
  ])('other texts with a plus are not UTF-7: %s', async (text) => {
    expect(await textOf('a.txt', text)).toBe(text);
  });

  test('a mail in UTF-7 has other parts, too', async () => {
    expect(await textOf('a.eml', 'Content-Type: text/plain; charset=utf-7\n\nPlain + simple\n')).toContain(
      'Plain + simple',
    );
  });

  test('mainframes write blanks as at signs: such a text is not stored as garbage', async () => {
    const written = Buffer.from('c489854093a3a9a38540c681c8998540868195a34085a2408195', 'hex');
    expect(await refusalOf('a.txt', Buffer.concat([written, Buffer.from([0x40]), written]))).toMatchObject({
      code: 'unsupported_type',
      message: expect.stringContaining('EBCDIC'),
    });
  });

  test('one damaged byte does not turn UTF-8 into another encoding', async () => {
    const text = 'Die Fähre fährt täglich außer sonntags um zwölf Uhr.';
    expect(await textOf('a.txt', Buffer.concat([Buffer.from(text), Buffer.from([0xe9])]))).toContain(text);
  });
});

describe('merged cells stand in each of their rows', () => {
  const expected = /Pier: North \| Ship: Marit[^]*Pier: North \| Ship: Ana/;

  test('a spreadsheet', async () => {
    const sheet = utils.aoa_to_sheet([
      ['Pier', 'Ship', 'Due'],
      ['North', 'Marit', 40],
      ['', 'Ana', 50],
    ]);
    sheet['!merges'] = [{ s: { r: 1, c: 0 }, e: { r: 2, c: 0 } }];
    const book = utils.book_new(sheet, 'Dues');
    expect(
      await textOf('a.xlsx', new Uint8Array(write(book, { type: 'array', bookType: 'xlsx' }) as ArrayBuffer)),
    ).toMatch(expected);
  });

  test('Word', async () => {
    const cell = (text: string, merge = ''): string => `<w:tc><w:tcPr>${merge}</w:tcPr>${words(text)}</w:tc>`;
    const row = (...cells: readonly string[]): string => `<w:tr>${cells.join('')}</w:tr>`;
    const table = [
      row(cell('Pier'), cell('Ship')),
      row(cell('North', '<w:vMerge w:val="restart"/>'), cell('Marit')),
      row(cell('', '<w:vMerge/>'), cell('Ana')),
    ];
    expect(await textOf('a.docx', makeDocx(`<w:tbl>${table.join('')}</w:tbl>`))).toMatch(expected);
  });

  test('slides', async () => {
    const cell = (text: string, merge = ''): string =>
      `<a:tc${merge}><a:txBody><a:p><a:r><a:t>${text}</a:t></a:r></a:p></a:txBody></a:tc>`;
    const row = (...cells: readonly string[]): string => `<a:tr>${cells.join('')}</a:tr>`;
    const body = `<a:tbl>${row(cell('Pier'), cell('Ship'))}${row(cell('North', ' rowSpan="2"'), cell('Marit'))}${row(cell('', ' vMerge="1"'), cell('Ana'))}</a:tbl>`;
    expect(await textOf('a.pptx', makePptx([{ part: 1, body }]))).toMatch(expected);
  });

  test('OpenDocument', async () => {
    const cell = (text: string, attribute = ''): string =>
      `<t:table-cell${attribute}><t:p>${text}</t:p></t:table-cell>`;
    const row = (...cells: readonly string[]): string => `<t:table-row>${cells.join('')}</t:table-row>`;
    const rows = [
      row(cell('Pier'), cell('Ship')),
      row(cell('North', ' t:number-rows-spanned="2"'), cell('Marit')),
      row('<t:covered-table-cell/>', cell('Ana')),
    ];
    expect(await textOf('a.odt', openDocument(`<t:table>${rows.join('')}</t:table>`))).toMatch(expected);
  });
});

function openDocument(body: string, manifest = ''): Uint8Array {
  return makeArchive({
    mimetype: 'application/vnd.oasis.opendocument.text',
    'content.xml': `<o:d xmlns:o="o" xmlns:t="t" xmlns:dc="dc"><o:body>${body}</o:body></o:d>`,
    'META-INF/manifest.xml': manifest,
  });
}

describe('office files beside their text', () => {
  test('Word: pictures’ descriptions, moved text once, an inserted page', async () => {
    const body = `<w:p><w:r><w:drawing><wp:docPr xmlns:wp="wp" descr="Map of the pier"/></w:drawing></w:r><w:moveFrom><w:r><w:t>old place</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>new place</w:t></w:r></w:moveTo></w:p>`;
    const text = await textOf('a.docx', makeDocx(body));
    expect(text).toContain('Map of the pier');
    expect(text).toContain('new place');
    expect(text).not.toContain('old place');
  });

  test('Word as one XML file, of 2003 or later', async () => {
    const paragraph = words('Flat words');
    for (const xml of [
      `<?xml version="1.0"?><w:wordDocument xmlns:w="w"><w:body>${paragraph}</w:body></w:wordDocument>`,
      `<?xml version="1.0"?><pkg:package xmlns:pkg="p" xmlns:w="w"><pkg:part><pkg:xmlData><w:document>${paragraph}</w:document></pkg:xmlData></pkg:part></pkg:package>`,
    ])
      for (const name of ['a.xml', 'a.doc', 'without extension']) expect(await textOf(name, xml)).toBe('Flat words');
  });

  test('a spreadsheet as one XML file', async () => {
    const cell = (text: string): string => `<Cell><Data ss:Type="String">${text}</Data></Cell>`;
    const row = (...cells: readonly string[]): string => `<Row>${cells.map(cell).join('')}</Row>`;
    const xml = `<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="Dues"><Table>${row('Ship', 'Due')}${row('Marit', 'forty')}</Table></Worksheet></Workbook>`;
    const custom =
      '<CustomDocumentProperties xmlns="urn:schemas-microsoft-com:office:office"><N dt:dt="integer" xmlns:dt="d">7</N></CustomDocumentProperties>';
    for (const file of [xml, xml.replace('<Worksheet', `${custom}<Worksheet`)])
      for (const name of ['a.xml', 'a.xls']) expect(await textOf(name, file)).toContain('Ship: Marit | Due: forty');
  });

  test('OpenDocument: no deleted text, comments apart from their authors', async () => {
    const deleted = '<t:tracked-changes><t:deletion><t:p>deleted words</t:p></t:deletion></t:tracked-changes>';
    const comment =
      '<o:annotation><dc:creator>Ana</dc:creator><dc:date>2026</dc:date><t:p>Check this</t:p></o:annotation>';
    const text = await textOf('a.odt', openDocument(`${deleted}<t:p>Body${comment} goes on.</t:p>`));
    expect(text).toContain('Body goes on.');
    expect(text).toContain('Check this');
    expect(text).not.toContain('deleted');
  });

  test('OpenDocument: formulas, charts, titles of pictures, and no readings inside words', async () => {
    const object = (name: string): string => `<d:frame><d:object x:href="./${name}"/></d:frame>`;
    const picture = '<d:frame><d:image/><s:title>Map of the pier</s:title></d:frame>';
    const ruby = '<t:ruby><t:ruby-base>漢字</t:ruby-base><t:ruby-text>かんじ</t:ruby-text></t:ruby>です';
    const body = `<t:p>The area is ${object('Object 1')}, <t:title>as titled</t:title>.</t:p><t:p>${object('Object 2')}</t:p><t:p>${picture}</t:p><t:p>${ruby}</t:p>`;
    const math =
      '<m:math xmlns:m="m"><m:semantics><m:mi>A</m:mi><m:mo>=</m:mo><m:mi>πr</m:mi><m:annotation>A = %pi r</m:annotation></m:semantics></m:math>';
    const chart =
      '<o:document-content xmlns:o="o" xmlns:t="t" xmlns:c="c"><o:body><c:title><t:p>Passengers</t:p></c:title><c:subtitle><t:p>by month</t:p></c:subtitle></o:body></o:document-content>';
    const bytes = makeArchive({
      mimetype: 'application/vnd.oasis.opendocument.text',
      'content.xml': `<o:document-content xmlns:o="o" xmlns:t="t" xmlns:d="d" xmlns:s="s" xmlns:x="x"><o:body>${body}</o:body></o:document-content>`,
      'Object 1/content.xml': math,
      'Object 2/content.xml': chart,
    });
    expect(await textOf('a.odt', bytes)).toBe(
      'The area is A=πr, as titled.\n\nPassengers\n\nby month\n\nMap of the pier\n\n漢字です',
    );
  });

  test('OpenDocument: a slide is headed by its title, and has notes only where there are any', async () => {
    const frame = (kind: string, text: string): string =>
      `<d:frame presentation:class="${kind}"><d:text-box><t:p>${text}</t:p></d:text-box></d:frame>`;
    const notes = (inside: string): string => `<presentation:notes><d:page-thumbnail/>${inside}</presentation:notes>`;
    const slide = (...parts: readonly string[]): string => `<d:page>${parts.join('')}</d:page>`;
    const slides = [
      slide(frame('title', 'Dues'), frame('outline', 'Forty euro'), notes('')),
      slide(frame('outline', 'High water'), notes(frame('notes', 'Ask Ana'))),
    ];
    const bytes = makeArchive({
      mimetype: 'application/vnd.oasis.opendocument.presentation',
      'content.xml': `<o:d xmlns:o="o" xmlns:t="t" xmlns:d="d" xmlns:presentation="p"><o:body>${slides.join('')}</o:body></o:d>`,
      'styles.xml': `<o:d xmlns:o="o" xmlns:presentation="p" xmlns:d="d"><o:master-styles>${notes('')}</o:master-styles></o:d>`,
    });
    expect(await textOf('a.odp', bytes)).toBe(
      '# Slide 1: Dues\n\nForty euro\n\n\f# Slide 2\n\nHigh water\n\nNotes:\n\nAsk Ana',
    );
  });

  test('OpenDocument as one XML file, and protected by a password', async () => {
    const flat = `<?xml version="1.0"?><office:document xmlns:office="o" xmlns:text="t" office:mimetype="application/vnd.oasis.opendocument.text"><office:body><text:p>Flat words</text:p></office:body></office:document>`;
    expect(await textOf('a.fodt', flat)).toBe('Flat words');
    const manifest = '<m:manifest xmlns:m="m"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>';
    expect(await refusalOf('a.odt', openDocument('x', manifest))).toMatchObject({ code: 'encrypted' });
  });

  test('RTF: no hidden or deleted text, but shapes, notes and old code pages', async () => {
    const rtf = String.raw`{\rtf1\mac Caf\'8e {\v hidden}{\deleted gone}{\shp{\*\shpinst{\sp{\sn name}{\sv value}}{\shptxt In the shape\par}}}{\*\annotation A note}\par}`;
    const text = await textOf('a.rtf', rtf);
    for (const found of ['Café', 'In the shape', 'A note']) expect(text).toContain(found);
    for (const unseen of ['hidden', 'gone', 'value']) expect(text).not.toContain(unseen);
  });

  test('RTF: a star inside a group hides nothing, bytes of pictures are skipped, what an object shows is read', async () => {
    expect(await textOf('a.rtf', String.raw`{\rtf1{\i\*\cs7 The quick fox}\par}`)).toBe('The quick fox');
    expect(await textOf('a.rtf', String.raw`{\rtf1{\pict\bin4 }{}\}After it\par}`)).toBe('After it');
    const object = String.raw`{\rtf1{\object\objemb{\*\objclass Sheet}{\*\objdata 0105}{\result{Forty euro}}}\par}`;
    expect(await textOf('a.rtf', object)).toBe('Forty euro');
  });

  test('RTF: a Unicode character at the end of its group costs no letter behind it; plain text is not hidden', async () => {
    const list = String.raw`{\rtf1{\listtext\tab \u8226 \tab}First item\par{\v hidden\plain shown}\par}`;
    expect(await textOf('a.rtf', list)).toBe('•\tFirst item\n\nshown');
  });

  test('Word: files that were inserted as they are', async () => {
    const page = 'MIME-Version: 1.0\nContent-Type: text/html\n\n<p>From a saved page</p>';
    const file = makeArchive({
      'word/document.xml': `<w:document xmlns:w="w"><w:body>${words('Own words')}</w:body></w:document>`,
      'word/_rels/document.xml.rels':
        '<r><Relationship Id="a" Type="t/aFChunk" Target="a.mht"/><Relationship Id="b" Type="t/aFChunk" Target="b.rtf"/></r>',
      'word/a.mht': page,
      'word/b.rtf': String.raw`{\rtf1 From a letter\par}`,
    });
    const text = await textOf('a.docx', file);
    for (const found of ['Own words', 'From a saved page', 'From a letter']) expect(text).toContain(found);
  });

  test('a book that its shop has protected is not garbage; one with obfuscated fonts is read', async () => {
    const book = (locked: string): Uint8Array =>
      makeArchive({
        mimetype: 'application/epub+zip',
        'META-INF/container.xml': '<c><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></c>',
        'META-INF/encryption.xml': `<e><EncryptedData><CipherData><CipherReference URI="${locked}"/></CipherData></EncryptedData></e>`,
        'OPS/book.opf': '<p><item id="a" href="a.xhtml"/><itemref idref="a"/></p>',
        'OPS/a.xhtml': '<p>High water</p>',
      });
    expect(await refusalOf('a.epub', book('OPS/a.xhtml'))).toMatchObject({ code: 'encrypted' });
    expect(await textOf('a.epub', book('OPS/font.otf'))).toBe('High water');
  });

  test('a chapter of a book whose title ends itself', async () => {
    const page =
      '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body><a id="x"/><p>High water</p></body></html>';
    expect(await textOf('a.xhtml', page)).toBe('High water');
  });

  test('Word: text art, and RTF: the form for newer readers', async () => {
    const art = '<w:p><w:r><w:pict><v:textpath xmlns:v="v" string="High water"/></w:pict></w:r></w:p>';
    expect(await textOf('a.docx', makeDocx(art))).toBe('High water');
    expect(await textOf('a.rtf', String.raw`{\rtf1{\upr{?}{\*\ud{\u1055?\u1088?}}}\par}`)).toContain('Пр');
  });

  test('pages: no readings inside words, marked character data, a title without a body, soft hyphens', async () => {
    expect(await textOf('a.html', '<ruby>漢<rt>かん</rt>字<rt>じ</rt></ruby>です')).toBe('漢字です');
    const xhtml =
      '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><p><![CDATA[a < b]]></p></body></html>';
    expect(await textOf('a.xhtml', xhtml)).toBe('a < b');
    expect(await textOf('a.html', '<!doctype html><title>Tide table</title><body><script>x</script>')).toBe(
      'Tide table',
    );
    expect(await textOf('a.html', '<p>har&shy;bour')).toBe('harbour');
  });

  test('spreadsheets: long numbers in full, OpenDocument without styles', async () => {
    const sheet = utils.aoa_to_sheet([['Article'], [4_006_381_333_931], [0.1 + 0.2]]);
    const book = write(utils.book_new(sheet, 'Articles'), { type: 'array', bookType: 'xlsx' }) as ArrayBuffer;
    expect(await textOf('a.xlsx', new Uint8Array(book))).toContain('4006381333931');
    const bare = makeArchive({
      mimetype: 'application/vnd.oasis.opendocument.spreadsheet',
      'content.xml':
        '<o:d xmlns:o="o" xmlns:t="t"><o:body><t:table><t:table-row><t:table-cell><t:p>Marit</t:p></t:table-cell></t:table-row></t:table></o:body></o:d>',
    });
    expect(await textOf('a.ods', bare)).toContain('Marit');
  });

  const spreadsheet = (sheet: string, objects: Readonly<Record<string, string>> = {}): Uint8Array =>
    makeArchive({
      mimetype: 'application/vnd.oasis.opendocument.spreadsheet',
      'META-INF/manifest.xml': '<m:manifest xmlns:m="m"/>',
      'styles.xml':
        '<office:document-styles xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"><office:styles></office:styles></office:document-styles>',
      'content.xml': `<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:draw="d" xmlns:xlink="x"><office:body><office:spreadsheet><table:table table:name="Dues">${sheet}</table:table></office:spreadsheet></office:body></office:document-content>`,
      ...objects,
    });
  const cell = (text: string, facts = 'office:value-type="string"'): string =>
    `<table:table-cell ${facts}><text:p>${text}</text:p></table:table-cell>`;

  test('OpenDocument spreadsheets: text boxes and charts', async () => {
    const box = '<draw:frame><draw:text-box><text:p>In the box</text:p></draw:text-box></draw:frame>';
    const chart = '<draw:frame><draw:object xlink:href="./Object 1/"/></draw:frame>';
    const titled =
      '<o:d xmlns:o="o" xmlns:t="t" xmlns:c="c"><o:body><c:title><t:p>Passengers</t:p></c:title></o:body></o:d>';
    const row = `<table:table-row>${cell('Marit')}</table:table-row>`;
    const bytes = spreadsheet(`<table:shapes>${box}${chart}</table:shapes>${row}`, { 'Object 1/content.xml': titled });
    expect(await textOf('a.ods', bytes)).toBe('# Dues\n\nMarit\n\nIn the box\n\nPassengers');
  });

  test('OpenDocument spreadsheets: a time in another form than the standard’s costs no other cell', async () => {
    const time = cell('09:55', 'office:value-type="time" office:time-value="09:55:33"');
    const row = `<table:table-row>${cell('Marit')}${time}</table:table-row>`;
    expect(await textOf('a.ods', spreadsheet(row))).toContain('Marit | 09:55');
  });
});

describe('files that other files enclose', () => {
  /** Nests elements of DER: `der(tag, ...contents)`. */
  const der = (tag: number, ...contents: readonly Buffer[]): Buffer => {
    const content = Buffer.concat(contents);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(content.length);
    return Buffer.concat([Buffer.from([tag, 0x84]), length, content]);
  };
  const oid = (last: string): Buffer => Buffer.from(`06092a864886f70d0107${last}`, 'hex');
  const signed = (content: Buffer): Buffer =>
    der(
      0x30,
      oid('02'),
      der(0xa0, der(0x30, Buffer.from('020101', 'hex'), der(0x31), der(0x30, oid('01'), der(0xa0, content)))),
    );
  const octets = (text: string): Buffer => der(0x04, Buffer.from(text));

  test('a signed invoice, also in pieces, of indefinite length, as base64, and signed twice', async () => {
    const xml = '<?xml version="1.0"?><invoice><total>forty</total></invoice>';
    const pieces = der(0x24, octets(xml.slice(0, 30)), octets(xml.slice(30)));
    const indefinite = Buffer.concat([Buffer.from([0x24, 0x80]), octets(xml), Buffer.alloc(2)]);
    for (const content of [octets(xml), pieces, indefinite])
      expect(await textOf('invoice.xml.p7m', signed(content))).toBe('total: forty');
    expect(await textOf('invoice.xml.p7m', signed(octets(xml)).toString('base64'))).toBe('total: forty');
    expect(await textOf('invoice.xml.p7m', signed(der(0x04, signed(octets(xml)))))).toBe('total: forty');
    expect(await textOf('without extension', signed(octets('High water')))).toBe('High water');
  });

  test('a signed mail, and one that is encrypted', async () => {
    const mail = (content: Buffer): string =>
      `From: a@example.com\nSubject: Tides\nContent-Type: application/pkcs7-mime; name=smime.p7m\nContent-Transfer-Encoding: base64\n\n${content.toString('base64')}\n`;
    expect(await textOf('a.eml', mail(signed(octets('Content-Type: text/plain\n\nHigh water at noon.'))))).toContain(
      'High water at noon.',
    );
    const encrypted = der(0x30, oid('03'), der(0xa0, der(0x30)));
    expect(await textOf('a.eml', mail(encrypted))).toContain('encrypted or sealed (S/MIME)');
    expect(await refusalOf('a.pdf.p7m', encrypted)).toMatchObject({ code: 'encrypted' });
    for (const broken of [signed(octets('x')).subarray(0, 40), Buffer.from([0x30, 0x84, 255, 255, 255, 255])])
      expect(await refusalOf('a.txt.p7m', broken)).toMatchObject({ code: 'encrypted' });
  });

  test('tar: the old form, and long names of POSIX and pax', async () => {
    const file = (name: string, text: string, more: { readonly type?: string; readonly prefix?: string } = {}) => {
      const header = Buffer.alloc(512);
      header.write(name);
      header.write(Buffer.byteLength(text).toString(8).padStart(11, '0'), 124);
      header.write(more.type ?? '\0', 156);
      if (more.prefix !== undefined) header.write(`ustar\0`, 257);
      header.write(more.prefix ?? '', 345);
      header.fill(32, 148, 156);
      header.write(
        `${header
          .reduce((sum, byte) => sum + byte)
          .toString(8)
          .padStart(6, '0')}\0`,
        148,
      );
      return Buffer.concat([header, Buffer.from(text.padEnd(Math.ceil(text.length / 512) * 512, '\0'))]);
    };
    const path = 'path=board papers/may report.txt\n';
    const tar = Buffer.concat([
      file('old.txt', 'one', {}),
      file('b.txt', 'two', { prefix: 'long/folder' }),
      file('x', `${path.length + 3} ${path}`, { type: 'x' }),
      file('may.txt', 'three'),
      Buffer.alloc(1024),
    ]);
    const { members } = await read('a.tar', tar);
    expect(members?.map((member) => [member.path, member.text])).toEqual([
      ['old.txt', 'one'],
      ['long/folder/b.txt', 'two'],
      ['board papers/may report.txt', 'three'],
    ]);
  });

  test('zip: behind a program, and with sizes in the field for large archives', async () => {
    const zip = Buffer.from(zipSync({ 'a.txt': strToU8('High water') }, { level: 0 }));
    const behind = Buffer.concat([zip.subarray(0, 4), zip]);
    expect((await read('a.zip', behind)).members).toMatchObject([{ path: 'a.txt', text: 'High water' }]);
    const entry = zip.indexOf('PK\u0001\u0002');
    const end = zip.indexOf('PK\u0005\u0006');
    const extra = Buffer.alloc(20);
    extra.writeUInt16LE(1);
    extra.writeUInt16LE(16, 2);
    extra.writeBigUInt64LE(10n, 4);
    extra.writeBigUInt64LE(10n, 12);
    const large = Buffer.concat([zip.subarray(0, end), extra, zip.subarray(end)]);
    large.writeUInt32LE(0xffffffff, entry + 20);
    large.writeUInt32LE(0xffffffff, entry + 24);
    large.writeUInt16LE(20, entry + 30);
    large.writeUInt32LE(large.readUInt32LE(end + 20 + 12) + 20, end + 20 + 12);
    expect((await read('a.zip', large)).members).toMatchObject([{ path: 'a.txt', text: 'High water' }]);
  });

  test('a workbook in which a letter is embedded is a workbook, and its name may be in capitals', async () => {
    const sheet = utils.book_new(
      utils.aoa_to_sheet([
        ['Ship', 'Due'],
        ['Marit', 40],
      ]),
      'Dues',
    );
    const file = CFB.read(Buffer.from(write(sheet, { type: 'array', bookType: 'biff8' }) as ArrayBuffer), {
      type: 'buffer',
    });
    CFB.utils.cfb_add(file, '/MBD0001/WordDocument', Buffer.alloc(64));
    const bytes = Buffer.from(CFB.write(file, { type: 'buffer' }) as Uint8Array);
    const capitals = Buffer.from(
      bytes.toString('latin1').replace('W\0o\0r\0k\0b\0o\0o\0k', 'W\0O\0R\0K\0B\0O\0O\0K'),
      'latin1',
    );
    for (const one of [bytes, capitals]) expect(await textOf('a.xls', one)).toContain('Ship: Marit | Due: 40');
  });

  test('PowerPoint of before 2007: for 95 and 97 in one file; protected by a password', async () => {
    const text = Buffer.from('High water');
    const atom = Buffer.concat([Buffer.from([0, 0, 0xa8, 0x0f, text.length, 0, 0, 0]), text]);
    const saved = (streams: Readonly<Record<string, Buffer>>): Uint8Array => {
      const container = CFB.utils.cfb_new();
      for (const [name, content] of Object.entries(streams)) CFB.utils.cfb_add(container, `/${name}`, content);
      return CFB.write(container, { type: 'buffer' }) as Uint8Array;
    };
    const old = Buffer.from([3, 0, 0, 0, 0xff, 0xff, 0, 0]);
    const both = { 'PowerPoint Document': old, 'PP97_DUALSTORAGE/PowerPoint Document': atom };
    expect(await textOf('a.ppt', saved(both))).toBe('High water');
    const user = Buffer.alloc(28);
    user.writeUInt32LE(0xf3d1c4df, 12);
    const locked = saved({ 'PowerPoint Document': old, 'Current User': user });
    expect(await refusalOf('a.ppt', locked)).toMatchObject({ code: 'encrypted' });
  });

  test('Word of before 2007: characters with space between them are text; deleted ones are not', async () => {
    const text = 'Spaced and plain, deleted.';
    const stream = Buffer.alloc(0x600);
    stream.writeUInt16LE(0xa5ec, 0);
    stream.writeUInt16LE(0xc1, 2);
    stream.writeUInt32LE(0x200, 0x18);
    stream.writeUInt32LE(text.length, 0x4c);
    stream.write(text, 0x200, 'latin1');
    // The page of the formats of characters: the ends of runs, the places of their properties, and their number.
    const page = stream.subarray(0x400);
    [0x200, 0x207, 0x210, 0x200 + 'Spaced and plain'.length, 0x219].forEach((end, i) => page.writeUInt32LE(end, 4 * i));
    page.set([50, 0, 0, 60], 20);
    page.set([4, 0x40, 0x88, 0xfd, 0xff], 100);
    page.set([7, 0x40, 0x88, 0xfd, 0xff, 0x00, 0x08, 1], 120);
    page[511] = 4;
    const pieces = Buffer.alloc(21);
    pieces[0] = 2;
    pieces.writeUInt32LE(16, 1);
    pieces.writeUInt32LE(text.length, 9);
    pieces.writeUInt32LE((0x200 * 2) | 0x40000000, 15);
    const formats = Buffer.alloc(12);
    formats.writeUInt32LE(0x200, 0);
    formats.writeUInt32LE(0x219, 4);
    formats.writeUInt32LE(2, 8);
    stream.writeUInt32LE(formats.length, 0xfe);
    stream.writeUInt32LE(formats.length, 0x1a2);
    stream.writeUInt32LE(pieces.length, 0x1a6);
    const container = CFB.utils.cfb_new();
    CFB.utils.cfb_add(container, '/WordDocument', stream);
    CFB.utils.cfb_add(container, '/0Table', Buffer.concat([formats, pieces]));
    const bytes = CFB.write(container, { type: 'buffer' }) as Uint8Array;
    expect(await textOf('a.doc', bytes)).toBe('Spaced and plain.');
  });

  test('old files that are protected by a password, or keep something else', async () => {
    const container = (name: string, content: Buffer): Buffer => {
      const file = CFB.utils.cfb_new();
      CFB.utils.cfb_add(file, `/${name}`, content);
      return Buffer.from(CFB.write(file, { type: 'buffer' }) as Uint8Array);
    };
    const protectedWord = Buffer.alloc(64);
    protectedWord.writeUInt16LE(0xc1, 2);
    protectedWord.writeUInt16LE(0x100, 10);
    expect(await refusalOf('a.doc', container('WordDocument', protectedWord))).toMatchObject({ code: 'encrypted' });
    expect(await refusalOf('a.ppt', container('EncryptedSummary', Buffer.alloc(64)))).toMatchObject({
      code: 'encrypted',
    });
    expect(await refusalOf('a.wps', container('MatOST', Buffer.alloc(64)))).toMatchObject({ code: 'unsupported_type' });
    const word6 = Buffer.alloc(64 + 18);
    word6.writeUInt16LE(0x68, 2);
    word6.writeUInt32LE(64, 24);
    word6.writeUInt32LE(64 + 18, 28);
    word6.write('High water\rat noon', 64);
    expect(await textOf('a.doc', container('WordDocument', word6))).toBe('High water\n\nat noon');
    // Saved again with the changes only: the first line was written last.
    const pieces = Buffer.from([1, 2, 0, 9, 9, 2, 28, 0, 0, 0, ...Buffer.alloc(28)]);
    [0, 11, 18].forEach((start, i) => pieces.writeUInt32LE(start, 10 + 4 * i));
    [407, 400].forEach((start, i) => pieces.writeUInt32LE(start, 10 + 12 + 8 * i + 2));
    const changed = Buffer.concat([Buffer.alloc(400), Buffer.from('at noonHigh water\r'), pieces]);
    changed.writeUInt16LE(0x68, 2);
    changed.writeUInt16LE(0x4, 10);
    changed.writeUInt32LE(400, 24);
    changed.writeUInt32LE(418, 28);
    changed.writeUInt32LE(418, 0x160);
    expect(await textOf('a.doc', container('WordDocument', changed))).toBe('High water\n\nat noon');
    changed.writeUInt32LE(400, 0x160);
    expect(await textOf('a.doc', container('WordDocument', changed))).toBe('at noonHigh water');
  });
});

describe('data and code', () => {
  test.each([
    [
      'a.xml',
      '<?xml version="1.0"?><ships><ship name="Marit &amp; Ana"><due>40</due></ship></ships>',
      'name: Marit & Ana\ndue: 40',
    ],
    [
      'a.xml',
      '<?xml version="1.0"?><p>High <b>water</b> at <i>noon</i>, and a sentence that is longer than any value of a field.</p>',
      'High water at noon, and a sentence that is longer than any value of a field.',
    ],
    ['a.xml', '<?xml version="1.0"?><a>not &nbsp; closed', '<?xml version="1.0"?><a>not &nbsp; closed'],
    [
      'feed',
      '<?xml version="1.0"?><rss><item><description>&lt;p&gt;It is &lt;b&gt;late&lt;/b&gt;.&lt;/p&gt;</description></item></rss>',
      'description: It is late.',
    ],
    [
      'a.svg',
      '<svg xmlns="s"><style>.a{}</style><title>Plan</title><text>Gate <tspan>four</tspan></text><path d="M0 0"/></svg>',
      'Plan\nGate four',
    ],
    [
      'a.json',
      String.raw`{"name":"H\u00e4fen","note":"one\ntwo","path":"a\/b"}`,
      '{\n "name": "Häfen",\n "note": "one\ntwo",\n "path": "a/b"\n}',
    ],
    ['a.jsonl', '{"ship":"Marit \\u00e5"}\n{"ship":"Ana"}\n', '{"ship":"Marit å"}\n{"ship":"Ana"}'],
    ['a.csv', 'ship^due\nMarit^40\nAna^50\n', 'ship | due\nship: Marit | due: 40\nship: Ana | due: 50'],
    ['a.txt', 'BZhou is a name.', 'BZhou is a name.'],
    ['a.log', '2026 \u001B[31mharbour open\u001B[0m', '2026 harbour open'],
    [
      'a.srt',
      '1\n00:00:01,000 --> 00:00:02,000\nHigh water\n\n2\n00:00:03,000 --> 00:00:04,000\n2026\n',
      'High water\n2026',
    ],
    [
      'a.vtt',
      'WEBVTT\n\nSTYLE\n::cue { color: red }\n\nintro\n00:01.000 --> 00:02.000\n<v Ana>High water\n',
      'Ana: High water',
    ],
    [
      'a.ass',
      '[Events]\nFormat: Layer, Start, End, Text\nDialogue: 0,0:00:01.00,0:00:02.00,{\\b1}High, high\\Nwater\n',
      'High, high water',
    ],
    [
      'pier.1',
      '.\\" comment\n.TH PIER 1\n.SH NAME\npier \\- tie up a \\fBboat\\fR\n.TP\n.B \\-\\-berth\nThe number.\n',
      '## NAME\n\npier - tie up a boat\n\n--berth\nThe number.',
    ],
    [
      'a.tex',
      String.raw`Caf\'e, na\"{\i}ve, \c{c}a, Stra\ss e, \verb|code|, 5\,\%`,
      'Café, naïve, ça, Straße, code, 5 %',
    ],
    [
      'a.vcf',
      'BEGIN:VCARD\r\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=BCrgen\r\nORG:Harbour;Berths\r\nPHOTO;ENCODING=b:/9j/\r\n 4AAQ\r\nEND:VCARD',
      '## Jürgen\nOrganization: Harbour, Berths',
    ],
    [
      'a.ipynb',
      '{"cells":[{"cell_type":"code","source":"x","outputs":[{"ename":"ValueError","evalue":"bad berth"}]}]}',
      '```\nx\n```\nValueError: bad berth',
    ],
    [
      'letter',
      'From: a@example.com\nTo: b@example.com\nSubject: Tides\nContent-Transfer-Encoding: base64\n\nSGlnaCB3YXRlcg==\n',
      'From: a@example.com\nTo: b@example.com\nSubject: Tides\n\nHigh water',
    ],
  ])('%s', async (name, content, expected) => {
    expect(await textOf(name, content)).toBe(expected);
  });

  test('property lists of Apple in the binary form', async () => {
    const values = [
      Buffer.from([0xd2, 1, 2, 3, 4]),
      Buffer.concat([Buffer.from([0x57]), Buffer.from('Harbour')]),
      Buffer.concat([Buffer.from([0x56]), Buffer.from('Berths')]),
      Buffer.concat([Buffer.from([0x64]), Buffer.from('Nörd', 'utf16le').swap16()]),
      Buffer.from([0xa1, 5]),
      Buffer.from([0x10, 11]),
    ];
    expect(await textOf('a.plist', binaryList(values))).toBe('Harbour: Nörd\nBerths:\n  11');
  });

  test.each([
    ['7z', Buffer.from('377abcaf271c0004', 'hex'), /zip, tar, gzip, bzip2, xz and zstd/],
    ['a song', Buffer.concat([Buffer.from('ID3'), Buffer.alloc(40)]), /Audio/],
    ['a film', Buffer.concat([Buffer.from('\0\0\0\u0018ftypmp42', 'latin1'), Buffer.alloc(40)]), /Video/],
  ])('%s without an extension is named by its content', async (_kind, bytes, reason) => {
    expect(await refusalOf('unnamed', bytes)).toMatchObject({ message: expect.stringMatching(reason) });
  });

  test('a compressed file is read by the name inside its own', async () => {
    const csv = 'ship,due\nMarit,40\n';
    for (const [name, bytes] of [
      ['dues.csv.gz', gzipSync(csv)],
      ['dues.csv.zst', zstdCompressSync(csv)],
      [
        'dues.csv.bz2',
        fromBase64('QlpoOTFBWSZTWV2T0akAAAfdgAAQAAREAAACJmBeACAAIpk09IG9UKYAAnFdSUuHgrTnxdyRThQkF2T0akA='),
      ],
      [
        'dues.csv.xz',
        fromBase64(
          '/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQARc2hpcCxkdWUKTWFyaXQsNDAKAAAATdG1PqNofywAASoSSwhUvB+2830BAAAAAARZWg==',
        ),
      ],
    ] as const)
      expect(await textOf(name, bytes)).toContain('ship: Marit | due: 40');
  });
});

function binaryList(values: readonly Uint8Array[]): Uint8Array {
  const starts = values.map((_value, i) => 8 + values.slice(0, i).reduce((sum, one) => sum + one.length, 0));
  const table = 8 + values.reduce((sum, one) => sum + one.length, 0);
  const trailer = Buffer.alloc(32);
  trailer.writeUInt8(1, 6);
  trailer.writeUInt8(1, 7);
  trailer.writeBigUInt64BE(BigInt(values.length), 8);
  trailer.writeBigUInt64BE(BigInt(table), 24);
  return Buffer.concat([Buffer.from('bplist00'), ...values, Buffer.from(starts), trailer]);
}

describe('mail with attachments', () => {
  const mail = (...parts: readonly string[]): string =>
    ['From: a@example.com', 'Content-Type: multipart/mixed; boundary=B', '', ...parts, '--B--'].join('\r\n');
  const csv = [
    '--B',
    'Content-Type: text/csv; name=dues.csv',
    'Content-Disposition: attachment; filename=dues.csv',
    '',
    'ship,due',
    'Marit,40',
    'Ana,50',
  ].join('\r\n');
  const body = ['--B', 'Content-Type: text/plain', '', 'As discussed.'].join('\r\n');

  test('a saved mail: its attachments are read below their names', async () => {
    const text = await textOf('Dues.eml', mail(body, csv));
    expect(text).toContain('As discussed.');
    expect(text).toContain('## dues.csv\n\nship | due\nship: Marit | due: 40');
  });

  test('a mail of a mailbox: they are items of their own, and only named', async () => {
    const { text } = await extractDocument({
      bytes: strToU8(mail(body, csv)),
      mimeType: 'message/rfc822',
      name: 'Dues',
    });
    expect(text).toContain('Attachments: dues.csv');
    expect(text).not.toContain('Marit');
  });

  test('they stay when a transformation removes the signature and earlier messages above them', async () => {
    const part = (type: string, ...lines: readonly string[]): string =>
      ['--B', `Content-Type: ${type}`, 'Content-Disposition: attachment', '', ...lines].join('\r\n');
    const answer = '<p>At noon.</p><p>-- <br>Bo</p><p>From: Ana<br>Sent: Monday<br><br>When?</p><h2>Tides</h2>';
    const parts = [
      ['--B', 'Content-Type: text/html', '', answer].join('\r\n'),
      part('message/rfc822', 'From: c@example.com', '', 'Plan.', '', 'On Tue, 6 Jan 2026, Bo wrote:', '> Which?'),
      part('text/calendar', 'BEGIN:VEVENT', 'LOCATION:Pier', 'END:VEVENT'),
      csv,
    ];
    const document = await read('Dues.eml', mail(...parts));
    const facts = {
      sourceType: 'gmail',
      itemType: 'email',
      name: 'Dues.eml',
      path: 'Dues.eml',
      mimeType: null,
      size: null,
      modifiedAt: null,
    } as const;
    const rule = { name: 'own', type: 'strip_boilerplate', config: {} } as const;
    const result = applyTransformations(document, facts, [rule]);
    const text = 'document' in result ? result.document.text : '';
    expect(document.text).toMatch(/## Signature[^]*## Earlier messages[^]*When\?[^]*#### Tides/);
    for (const gone of ['Signature\n\nBo', 'When?', 'Tides']) expect(text).not.toContain(gone);
    for (const kept of ['At noon.', 'Plan.', '> Which?', 'Pier', 'ship: Marit | due: 40']) expect(text).toContain(kept);
  });

  test('mails among them: by their names, and what is attached to one within the mail', async () => {
    const inner = ['From: c@example.com', 'Subject: Tides', '', 'High water at noon.'].join('\r\n');
    const named = [
      '--B',
      'Content-Type: application/octet-stream; name=Tides.eml',
      'Content-Disposition: attachment; filename=Tides.eml',
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from(inner).toString('base64'),
    ].join('\r\n');
    expect(await textOf('a.eml', mail(body, named))).toContain('## Tides.eml\n\nFrom: c@example.com');
    const forwarded = mail(body, csv).replaceAll(/\bB\b/g, 'C');
    const within = await textOf(
      'a.eml',
      mail(body, ['--B', 'Content-Type: message/rfc822', '', forwarded].join('\r\n')),
    );
    expect(within).toContain('ship: Marit | due: 40');
  });

  test('what is no mail in spite of its name is a text', async () => {
    expect(await textOf('a.eml', 'Ask Ana for the mail.')).toBe('Ask Ana for the mail.');
    const broken = ['--B', 'Content-Type: message/rfc822', '', 'Ask Ana for the mail.'].join('\r\n');
    expect(await textOf('a.eml', mail(body, broken))).toContain('## Attached message\n\nAsk Ana for the mail.');
  });

  test('a mail in another encoding than it declares', async () => {
    const latin = 'Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable';
    expect(
      await textOf('a.eml', `From: a@example.com\r\n${latin}\r\n\r\nDie F=E4hre nach R=FCgen f=E4llt aus.`),
    ).toContain('Die Fähre nach Rügen fällt aus.');
    const page = Buffer.from('<meta charset=utf-8><p>\u20ac 40 for Marit</p>').toString('latin1');
    const half = `From: a@example.com\r\nContent-Type: text/html; charset=UTF-8\r\n\r\n${page}\xff`;
    expect(await textOf('a.eml', Buffer.from(half, 'latin1'))).toContain('€ 40 for Marit');
  });

  test('one that cannot be read leaves the mail readable', async () => {
    const broken = [
      '--B',
      'Content-Type: application/pdf; name=a.pdf',
      'Content-Disposition: attachment; filename=a.pdf',
      '',
      '%PDF-1.4 broken',
    ].join('\r\n');
    expect(await textOf('a.eml', mail(body, broken))).toContain('As discussed.');
  });

  test('a plain part that only says that there is a page is not the mail', async () => {
    const parts = [
      '--B',
      'Content-Type: text/plain',
      '',
      'Please view this in HTML',
      '--B',
      'Content-Type: text/html; charset=utf-8',
      '',
      '<p>末班渡轮晚上十点开</p>',
    ].join('\r\n');
    expect(await textOf('a.eml', mail(parts).replace('mixed', 'alternative'))).toContain('末班渡轮');
  });

  test('a mail that an old Outlook saved, in the encoding of its computer, stated or not', async () => {
    const saved = (codePage: number | null): Uint8Array => {
      const container = CFB.utils.cfb_new();
      const add = (path: string, content: Uint8Array): void => void CFB.utils.cfb_add(container, path, content);
      const facts = Buffer.alloc(32 + (codePage === null ? 0 : 16));
      if (codePage !== null) {
        facts.writeUInt32LE(0x3ffd0003, 32);
        facts.writeUInt32LE(codePage, 40);
      }
      add('/__properties_version1.0', facts);
      add('/__substg1.0_0037001E', iconv.encode('Расписание парома', 'windows-1251'));
      add('/__substg1.0_1000001E', iconv.encode('Последний паром отходит в десять часов вечера.', 'windows-1251'));
      return CFB.write(container, { type: 'buffer' }) as Uint8Array;
    };
    for (const codePage of [1251, null])
      expect(await textOf('a.msg', saved(codePage))).toBe(
        'Subject: Расписание парома\n\nПоследний паром отходит в десять часов вечера.',
      );
  });

  test('a mail saved as UTF-16; one whose rich text is damaged', async () => {
    const wide = Buffer.from(
      'Subject: Tides\nContent-Type: text/plain; charset=utf-16\n\nHigh water – at noon.\n',
      'utf16le',
    );
    expect(await textOf('a.eml', wide)).toContain('High water – at noon.');
    const container = CFB.utils.cfb_new();
    CFB.utils.cfb_add(container, '/__properties_version1.0', Buffer.alloc(32));
    CFB.utils.cfb_add(container, '/__substg1.0_0037001F', Buffer.from('Tides', 'utf16le'));
    CFB.utils.cfb_add(container, '/__substg1.0_10090102', Buffer.from('broken'));
    expect(await textOf('a.msg', CFB.write(container, { type: 'buffer' }) as Uint8Array)).toBe('Subject: Tides');
  });

  test('a mail that Outlook saved', async () => {
    const container = CFB.utils.cfb_new();
    const add = (path: string, content: Uint8Array): void => void CFB.utils.cfb_add(container, path, content);
    const unicode = (text: string): Uint8Array => Buffer.from(text, 'utf16le');
    add('/__properties_version1.0', Buffer.alloc(32));
    add('/__substg1.0_0037001F', unicode('Dues'));
    add('/__substg1.0_1000001F', unicode('As discussed.'));
    add('/__attach_version1.0_#00000000/__properties_version1.0', Buffer.alloc(8));
    add('/__attach_version1.0_#00000000/__substg1.0_3707001F', unicode('dues.csv'));
    add('/__attach_version1.0_#00000000/__substg1.0_37010102', strToU8('ship,due\nMarit,40\nAna,50\n'));
    const text = await textOf('Dues.msg', CFB.write(container, { type: 'buffer' }) as Uint8Array);
    expect(text).toContain('As discussed.');
    expect(text).toContain('ship: Marit | due: 40');
  });

  describe('what Outlook saved that is no mail', () => {
    /** Properties that are named by a set and a number ([MS-OXMSG] 2.2.3); times in the properties, texts beside them. */
    const saved = (
      kind: string,
      set: string,
      named: readonly (readonly [number: number, value: string | Date])[],
      texts: Readonly<Record<string, string>> = {},
    ): Uint8Array => {
      const container = CFB.utils.cfb_new();
      const add = (path: string, content: Uint8Array): void => void CFB.utils.cfb_add(container, path, content);
      const addText = (tag: string, text: string): void => add(`/__substg1.0_${tag}001F`, Buffer.from(text, 'utf16le'));
      const names = Buffer.alloc(8 * named.length);
      const times: Buffer[] = [Buffer.alloc(32)];
      named.forEach(([number, value], i) => {
        names.writeUInt32LE(number, 8 * i);
        names.writeUInt16LE(3 << 1, 8 * i + 4);
        names.writeUInt16LE(i, 8 * i + 6);
        if (typeof value === 'string') addText((0x8000 + i).toString(16).toUpperCase(), value);
        else {
          const property = Buffer.alloc(16);
          property.writeUInt32LE(((0x8000 + i) * 0x10000 + 0x40) >>> 0, 0);
          property.writeBigUInt64LE((BigInt(value.getTime()) + 11_644_473_600_000n) * 10_000n, 8);
          times.push(property);
        }
      });
      add('/__properties_version1.0', Buffer.concat(times));
      add('/__nameid_version1.0/__substg1.0_00020102', Buffer.from(`${set}00000000c000000000000046`, 'hex'));
      add('/__nameid_version1.0/__substg1.0_00030102', names);
      add('/__nameid_version1.0/__substg1.0_00040102', Buffer.alloc(4));
      addText('001A', kind);
      for (const [tag, text] of Object.entries(texts)) addText(tag, text);
      return CFB.write(container, { type: 'buffer' }) as Uint8Array;
    };
    const time = (iso: string): Date => new Date(iso);

    test('an appointment: when, where and how often', async () => {
      const named = [
        [0x820d, time('2026-05-04T14:30:00Z')],
        [0x820e, time('2026-05-04T15:00:00Z')],
        [0x8208, 'North pier'],
        [0x8232, 'every Monday from 4:30 PM to 5:00 PM'],
        [0x8234, '(UTC+02:00) Berlin'],
      ] as const;
      const facts =
        'Begins: 2026-05-04 14:30 UTC\nEnds: 2026-05-04 15:00 UTC\nWhere: North pier\nRepeats: every Monday from 4:30 PM to 5:00 PM\nTime zone: (UTC+02:00) Berlin';
      for (const kind of ['IPM.Appointment', 'IPM.Schedule.Meeting.Request'])
        expect(await textOf('a.msg', saved(kind, '02200600', named, { '0037': 'Dues' }))).toBe(
          `Subject: Dues\n${facts}`,
        );
      expect(await textOf('a.msg', saved('IPM.Note', '02200600', named, { '0037': 'Dues' }))).toBe('Subject: Dues');
    });

    test('a task: until when and whose', async () => {
      const named = [
        [0x8105, time('2026-05-06T00:00:00Z')],
        [0x811f, 'Ana'],
      ] as const;
      expect(await textOf('a.msg', saved('IPM.Task', '03200600', named, { '0037': 'Paint the pier' }))).toBe(
        'Subject: Paint the pier\nDue: 2026-05-06\nOwner: Ana',
      );
    });

    test('a contact: how to reach it', async () => {
      const facts = { '3001': 'Ana Berg', '3A16': 'Harbour board', '3A08': '040 123', '3A15': 'Pier 1\r\nHamburg' };
      const named = [
        [0x8083, 'ana@example.com'],
        [0x8093, 'board@example.com'],
      ] as const;
      expect(await textOf('a.msg', saved('IPM.Contact', '04200600', named, facts))).toBe(
        'Name: Ana Berg\nOrganization: Harbour board\nPhone: 040 123\nAddress: Pier 1, Hamburg\nEmail: ana@example.com, board@example.com',
      );
    });
  });

  test('a mail that Outlook saved within another one', async () => {
    const container = CFB.utils.cfb_new();
    const add = (path: string, content: Uint8Array): void => void CFB.utils.cfb_add(container, path, content);
    const unicode = (text: string): Uint8Array => Buffer.from(text, 'utf16le');
    const inner = '/__attach_version1.0_#00000000/__substg1.0_3701000D';
    add('/__properties_version1.0', Buffer.alloc(32));
    add('/__substg1.0_0037001F', unicode('Forwarded'));
    add('/__attach_version1.0_#00000000/__properties_version1.0', Buffer.alloc(8));
    add('/__attach_version1.0_#00000000/__substg1.0_3001001F', unicode('Tides'));
    add(`${inner}/__properties_version1.0`, Buffer.alloc(24));
    add(`${inner}/__substg1.0_0037001F`, unicode('Tides'));
    add(`${inner}/__substg1.0_1000001F`, unicode('High water at noon.'));
    const text = await textOf('a.msg', CFB.write(container, { type: 'buffer' }) as Uint8Array);
    expect(text).toContain('## Tides.msg\n\nSubject: Tides\n\nHigh water at noon.');
  });
});

test('names inside an archive decide how its members are read', async () => {
  const archive = zipSync({
    'a.json': strToU8('{"a":"\\u00e4"}'),
    'card.vcf': strToU8('BEGIN:VCARD\nFN:Ana\nEND:VCARD'),
  });
  expect((await read('a.zip', archive)).members).toMatchObject([
    { path: 'a.json', text: '{\n "a": "ä"\n}', mimeType: 'application/json' },
    { path: 'card.vcf', text: '## Ana', metadata: { format: 'contacts' } },
  ]);
});
